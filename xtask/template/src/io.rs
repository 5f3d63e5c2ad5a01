//! The files. Only this module touches them, on a thread for each file, because writing may block.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;

use anyhow::Context as _;
use futures::channel::mpsc;
use futures::executor::block_on;
use futures::{FutureExt, SinkExt, future};
use marketplace_core::{EventSource, Reason};

/// The events of a file's source. The source ends when the queue is written and the file is closed.
#[derive(Debug)]
pub(crate) enum Progress {
    Opened,
    /// This many bytes of the queue were written.
    Written(usize),
    /// The last event.
    Failed(Reason),
}

/// The entries that wait to be written to a file. After it is dropped, the thread writes the rest and closes the file.
///
/// The queue itself has no limit. The process that pushes to it counts the bytes.
pub(crate) struct Queue(Sender<String>);

impl Queue {
    pub(crate) fn push(&self, text: &str) {
        // If the thread has failed, it has sent the reason already.
        let _failed = self.0.send(format!("{text}\n"));
    }
}

/// The queue and the event source of a file. The file is opened when the source is first polled.
pub(crate) fn open(path: PathBuf) -> (Queue, EventSource) {
    let (sender, queue) = channel();
    let name = format!("journal {}", path.display());
    // Room for one event, so that the thread waits while the program is busy.
    let (progress, events) = mpsc::channel(1);
    let start = future::lazy(move |_| {
        start(path, queue, progress);
        events
    });
    (Queue(sender), EventSource::once(name, start.flatten_stream()))
}

fn start(path: PathBuf, queue: Receiver<String>, mut progress: mpsc::Sender<Progress>) {
    let mut failed = progress.clone();
    let thread = thread::Builder::new().name("journal".to_owned()).spawn(move || {
        // The receiver may be gone. The rest of the queue is written anyway.
        let mut report = |event| drop(block_on(progress.send(event)));
        if let Err(error) = write(&path, &queue, &mut report) {
            report(Progress::Failed(error.into()));
        }
    });
    if let Err(error) = thread {
        let error = anyhow::Error::new(error).context("cannot start a thread for the file");
        // There is room: no event has been sent yet.
        let _full = failed.try_send(Progress::Failed(error.into()));
    }
}

/// Appends what comes from the queue, until the queue is closed and empty.
fn write(path: &Path, queue: &Receiver<String>, report: &mut dyn FnMut(Progress)) -> anyhow::Result<()> {
    if let Err(TryRecvError::Disconnected) = queue.try_recv() {
        // The file is not needed any more. (Otherwise the queue is empty: no entry is accepted before the file is open.)
        return Ok(());
    }
    let opened = OpenOptions::new().create(true).append(true).open(path);
    let mut file = opened.with_context(|| format!("cannot open {}", path.display()))?;
    report(Progress::Opened);
    while let Ok(first) = queue.recv() {
        // Everything that waits is written by one call.
        let text: String = [first].into_iter().chain(queue.try_iter()).collect();
        file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
        report(Progress::Written(text.len()));
    }
    Ok(())
}
