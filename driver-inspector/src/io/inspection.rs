//! The inspector's thread, which runs from the start of the first ground to the end of the last one.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};

use anyhow::{Context as _, anyhow};
use futures::channel::{mpsc, oneshot};
use futures::executor::block_on;
use futures::future::{self, Shared};
use futures::{FutureExt, Stream, StreamExt, select, stream};
use marketplace_core::{EventSource, Reason};

use super::clock::wait;
use super::listener::Listener;
use super::server::Server;
use crate::inspected::{Inspected, Watched};
use crate::message::Inspecting;
use crate::options::Options;

/// The thread that all grounds of an inspector share. A clone is another handle to the same thread.
#[derive(Clone, Default)]
pub(crate) struct Inspection(Arc<Mutex<Threads>>);

/// What the thread reports to the driver of each ground.
#[derive(Clone, Debug)]
pub(crate) enum InspectionEvent {
    /// The page is served.
    Started(Inspecting),
    /// The page cannot be served, or is no longer served. This is the last event.
    Failed(Reason),
}

#[derive(Default)]
struct Threads {
    /// The thread that runs, if there is one. Each ground owns a share of it.
    running: Weak<Running>,
    /// The thread that was started last. It may still be about to end, and hold the port.
    last: Option<JoinHandle<()>>,
}

/// A running thread. It ends when this is dropped, because no further ground can be added.
struct Running {
    grounds: mpsc::UnboundedSender<Watched>,
    begun: Shared<oneshot::Receiver<Inspecting>>,
    failed: Shared<oneshot::Receiver<Reason>>,
}

impl Inspection {
    /// The event source of a ground. The ground is inspected from the first poll of this source until the source is dropped.
    pub(crate) fn source(&self, options: Options, watched: Watched) -> EventSource {
        let inspection = self.clone();
        let join = future::lazy(move |_| inspection.join(options, watched));
        EventSource::once("inspector", join.flatten_stream()).in_background()
    }

    fn join(&self, options: Options, watched: Watched) -> impl Stream<Item = InspectionEvent> + Send + use<> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).running(options) {
            Ok(running) => {
                // If the thread has failed meanwhile, it reports that itself.
                let _ = running.grounds.unbounded_send(watched);
                events(running).boxed()
            }
            Err(error) => stream::once(future::ready(InspectionEvent::Failed(error.into()))).boxed(),
        }
    }
}

/// The events of a thread, for an owner of a share.
fn events(running: Arc<Running>) -> impl Stream<Item = InspectionEvent> + Send {
    // The thread drops `begin` if it fails first, and `fail` if it ends.
    let begun = running.begun.clone().map(|begun| begun.ok().map(InspectionEvent::Started));
    let failed = running.failed.clone().map(move |failed| {
        drop(running);
        failed.ok().map(InspectionEvent::Failed)
    });
    stream::once(begun).chain(stream::once(failed)).filter_map(future::ready)
}

impl Threads {
    fn running(&mut self, options: Options) -> anyhow::Result<Arc<Running>> {
        if let Some(running) = self.running.upgrade().filter(|running| !running.grounds.is_closed()) {
            return Ok(running);
        }
        let (grounds, coming) = mpsc::unbounded();
        let (begin, begun) = oneshot::channel();
        let (fail, failed) = oneshot::channel();
        let last = self.last.take();
        let body = move || {
            // The last thread has no grounds, so it ends at once. If it panicked, that was logged.
            let _ = last.map(JoinHandle::join);
            if let Err(error) = panic_as_error(|| block_on(inspect(options, coming, begin))) {
                let _ = fail.send(error.into());
            }
        };
        let thread = thread::Builder::new().name("inspector".into()).spawn(body);
        self.last = Some(thread.context("cannot start the inspector's thread")?);
        let running = Arc::new(Running { grounds, begun: begun.shared(), failed: failed.shared() });
        self.running = Arc::downgrade(&running);
        Ok(running)
    }
}

/// Turns a panic of the inspector into an error, so that it is no panic of the program.
fn panic_as_error(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(ToString::to_string);
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(anyhow!("the inspector panicked: {text}"))
    })
}

/// All that the thread does.
///
/// It is not driven by async-io's `block_on`, because that would wait for the sockets of the program's drivers as well,
/// and wake the program's thread for each. This way the program's thread waits for the sockets of both, and wakes this
/// thread for those of pages.
async fn inspect(
    options: Options,
    mut grounds: mpsc::UnboundedReceiver<Watched>,
    begin: oneshot::Sender<Inspecting>,
) -> anyhow::Result<()> {
    let listener = Listener::bind(&options)?;
    // The receiver is dropped if all grounds have ended already.
    let _ = begin.send(listener.inspecting());
    let inspected = Inspected::new(options.title.clone());
    let server = Server::new(options, listener, inspected.clone());
    let joined = async {
        while let Some(watched) = grounds.next().await {
            inspected.add(watched);
        }
    };
    let mut joined = pin!(joined.fuse());
    let mut kept = pin!(inspected.run(wait).fuse());
    let mut served = pin!(server.run().fuse());
    select! {
        () = joined => Ok(()),
        () = kept => Err(anyhow!("the inspection has ended")),
        () = served => Err(anyhow!("the server has ended")),
    }
}

impl fmt::Debug for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inspection(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_inspectors_is_an_error_that_says_so() {
        let error = panic_as_error(|| panic!("frame {}", 7)).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("the inspector panicked: frame 7"));
    }
}
