//! A thread that runs blocking jobs, one after another.

use std::fmt;
use std::io;
use std::sync::mpsc::{SendError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A thread for jobs. It is started by the first job, and ends when this is dropped and all jobs are done.
///
/// The thread is never joined, so a program can end although a job blocks forever.
pub(super) struct Worker<J> {
    name: &'static str,
    /// Kept for the next thread, in case a thread cannot be started or panics.
    work: Arc<Mutex<Work<J>>>,
    jobs: Option<Sender<J>>,
}

type Work<J> = dyn FnMut(J) + Send;

impl<J: Send + 'static> Worker<J> {
    pub(super) fn new(name: &'static str, work: impl FnMut(J) + Send + 'static) -> Self {
        Self { name, work: Arc::new(Mutex::new(work)), jobs: None }
    }

    /// Gives a job to the thread. A job that cannot be run, or that panics, is dropped.
    pub(super) fn submit(&mut self, mut job: J) -> io::Result<()> {
        if let Some(jobs) = &self.jobs {
            match jobs.send(job) {
                Ok(()) => return Ok(()),
                // The thread has panicked. Start another one.
                Err(SendError(unsent)) => job = unsent,
            }
        }
        let jobs = self.start()?;
        self.jobs
            .insert(jobs)
            .send(job)
            .map_err(|_| io::Error::other(format!("the thread `{}` has ended", self.name)))
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
