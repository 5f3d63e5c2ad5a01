//! The files: the only place that touches them, on a thread for each, since they block.

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

/// What a file's source yields. It ends once the file is closed, with all written that was in the queue.
#[derive(Debug)]
pub(crate) enum Progress {
    Opened,
    /// So many bytes of the queue.
    Written(usize),
    /// The last.
    Failed(Reason),
}

/// The way to a file. When it is dropped, what is in it is written still, and the file is closed.
///
/// Whoever pushes counts the bytes: the queue itself has no bound.
pub(crate) struct Queue(Sender<String>);

impl Queue {
    pub(crate) fn push(&self, text: &str) {
        // Where the thread has failed it has said so, and for what.
        let _failed = self.0.send(format!("{text}\n"));
    }
}

/// A file, to be opened when the source is first polled.
pub(crate) fn open(path: PathBuf) -> (Queue, EventSource) {
    let (sender, queue) = channel();
    let name = format!("journal {}", path.display());
    // With room for one, so that the thread waits while the program is behind.
    let (progress, told) = mpsc::channel(1);
    let start = future::lazy(move |_| {
        start(path, queue, progress);
        told
    });
    (Queue(sender), EventSource::once(name, start.flatten_stream()))
}

fn start(path: PathBuf, queue: Receiver<String>, mut progress: mpsc::Sender<Progress>) {
    let mut failed = progress.clone();
    let thread = thread::Builder::new().name("journal".to_owned()).spawn(move || {
        // Nobody may be left to be told; what is in the queue is written all the same.
        let mut tell = |told| drop(block_on(progress.send(told)));
        if let Err(error) = write(&path, &queue, &mut tell) {
            tell(Progress::Failed(error.into()));
        }
    });
    if let Err(error) = thread {
        let error = anyhow::Error::new(error).context("there is no thread for the file");
        // There is room: nothing has been told yet.
        let _full = failed.try_send(Progress::Failed(error.into()));
    }
}

/// Appends what comes from the queue, until that is closed and empty.
fn write(path: &Path, queue: &Receiver<String>, tell: &mut dyn FnMut(Progress)) -> anyhow::Result<()> {
    if let Err(TryRecvError::Disconnected) = queue.try_recv() {
        // Given up already. Otherwise the queue is empty: nothing is accepted before the file is open.
        return Ok(());
    }
    let opened = OpenOptions::new().create(true).append(true).open(path);
    let mut file = opened.with_context(|| format!("cannot open {}", path.display()))?;
    tell(Progress::Opened);
    while let Ok(first) = queue.recv() {
        // All that waits, by one call.
        let text: String = [first].into_iter().chain(queue.try_iter()).collect();
        file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
        tell(Progress::Written(text.len()));
    }
    Ok(())
}
