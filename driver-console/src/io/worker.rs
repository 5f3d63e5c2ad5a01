//! A thread that does what may block, one job after another.

use std::fmt;
use std::io;
use std::sync::mpsc::{SendError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A thread for jobs, which is there from the first one on, until this is dropped and the jobs are done.
///
/// Nobody waits for the thread, so that a program can end although a job never does.
pub(super) struct Worker<J> {
    name: &'static str,
    /// Kept here too, for the next thread, if one cannot be had or panics.
    work: Arc<Mutex<Work<J>>>,
    jobs: Option<Sender<J>>,
}

type Work<J> = dyn FnMut(J) + Send;

impl<J: Send + 'static> Worker<J> {
    pub(super) fn new(name: &'static str, work: impl FnMut(J) + Send + 'static) -> Self {
        Self { name, work: Arc::new(Mutex::new(work)), jobs: None }
    }

    /// Hands over a job; one that cannot be done, or whose doing panics, is dropped.
    pub(super) fn give(&mut self, mut job: J) -> io::Result<()> {
        if let Some(jobs) = &self.jobs {
            match jobs.send(job) {
                Ok(()) => return Ok(()),
                // The thread has panicked; the next one goes on.
                Err(SendError(unsent)) => job = unsent,
            }
        }
        let jobs = self.start()?;
        self.jobs.insert(jobs).send(job).map_err(|_| io::Error::other("a thread has ended"))
    }

    fn start(&self) -> io::Result<Sender<J>> {
        let (jobs, given) = channel();
        let work = Arc::clone(&self.work);
        thread::Builder::new().name(self.name.to_owned()).spawn(move || {
            let mut work = work.lock().unwrap_or_else(PoisonError::into_inner);
            given.iter().for_each(&mut *work);
        })?;
        Ok(jobs)
    }
}

impl<J> fmt::Debug for Worker<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("name", &self.name).finish_non_exhaustive()
    }
}
