//! The programs that are inspected: what is known of them, and what of it a page is shown. On the inspector's thread alone.
//!
//! A stand-in until `model` is merged, by which the server is written.

use std::any::TypeId;
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::{BoxFuture, pending};
use marketplace_core::{Handle, Pid, Trace, TraceEvent};

use crate::frame::{Explanation, Frame, Record, Status};
use crate::view::{Filter, Question, View};

/// What may be shown of messages' values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets {
    pub(crate) all: bool,
    pub(crate) types: HashSet<TypeId>,
}

/// A ground that is watched: made before it runs, handed to the inspector's thread once it does.
pub(crate) struct Watched {
    /// A weak one.
    handle: Handle,
}

impl Watched {
    /// A ground's handle, and what may be shown of it; the trace is for [`Ground::with_trace`](marketplace_core::Ground).
    pub(crate) fn new(handle: &Handle, _secrets: &Arc<Secrets>) -> (Self, impl Trace + use<>) {
        (Self { handle: handle.weak() }, Tape)
    }
}

struct Tape;

impl Trace for Tape {
    fn trace(&self, _: &[Pid], _: &TraceEvent<'_>) {}
}

/// A way to wait, which `io` has.
pub(crate) type Wait = fn(Duration) -> BoxFuture<'static, ()>;

/// All that is known; a clone is the same.
#[derive(Clone)]
pub(crate) struct Inspected(Rc<RefCell<Known>>);

struct Known {
    title: Arc<str>,
    begun: Instant,
    grounds: Vec<Handle>,
}

impl Inspected {
    pub(crate) fn new(title: Arc<str>) -> Self {
        Self(Rc::new(RefCell::new(Known { title, begun: Instant::now(), grounds: Vec::new() })))
    }

    /// One more ground, shown from now on.
    pub(crate) fn add(&self, watched: Watched) {
        self.0.borrow_mut().grounds.push(watched.handle);
    }

    /// Keeps what is known up to date, for ever.
    pub(crate) async fn run(&self, _wait: Wait) {
        pending().await
    }

    /// A page has been opened; it is so until what this returns is dropped.
    pub(crate) fn open(&self) -> Page {
        Page { known: Rc::clone(&self.0), view: RefCell::default() }
    }

    /// Answers a question; an error says what is wrong with it.
    pub(crate) fn explain(&self, _: &Question) -> anyhow::Result<Explanation> {
        Ok(Explanation::default())
    }

    /// What has been recorded of this, the oldest first.
    pub(crate) fn recording(&self, _: &Excerpt) -> Vec<Arc<Record>> {
        Vec::new()
    }

    /// The same as a sequence diagram, in SVG.
    pub(crate) fn diagram(&self, _: &Excerpt) -> String {
        String::from("<svg xmlns=\"http://www.w3.org/2000/svg\"/>")
    }
}

/// Part of the recording.
#[derive(Clone, Debug, Default)]
pub(crate) struct Excerpt {
    pub(crate) filter: Filter,
    /// The numbers of the first record and of the last.
    pub(crate) from: Option<u64>,
    pub(crate) to: Option<u64>,
}

/// A page that is open.
pub(crate) struct Page {
    known: Rc<RefCell<Known>>,
    view: RefCell<View>,
}

impl Page {
    /// It has this in sight from now on.
    pub(crate) fn look(&self, view: View) {
        *self.view.borrow_mut() = view;
    }

    /// What has changed since the last one.
    pub(crate) fn frame(&self) -> Frame {
        let known = self.known.borrow();
        let time = known.begun.elapsed().as_secs_f64();
        Frame {
            status: Status { title: known.title.to_string(), time, ..Status::default() },
            ..Frame::default()
        }
    }
}
