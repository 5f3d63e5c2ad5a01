//! Futures that processes perform, on their way to the ground.

use std::fmt;

use futures::FutureExt;
use futures::future::{AbortRegistration, Abortable, BoxFuture};

use crate::{Output, Pid, Reason, TaskContext};

/// A future that the ground polls on behalf of a process: the contents of
/// [`Action::Perform`](crate::Action::Perform).
///
/// [`Context::perform`](crate::Context::perform) makes one for you.
pub struct Task(Kind);

enum Kind {
    Future(Polled),
    /// A future that is made once the task's context is known.
    Made(Box<dyn FnOnce(&TaskContext) -> Polled + Send>),
}

type Polled = BoxFuture<'static, Result<Output, Reason>>;

impl Task {
    /// A task that polls `future` and has its output.
    pub fn new<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self(Kind::Future(polled(future)))
    }

    /// A task that gets the [`TaskContext`], makes a future from it, and has the output of that future.
    pub fn with<T, F>(make: impl FnOnce(&TaskContext) -> F + Send + 'static) -> Self
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        Self(Kind::Made(Box::new(|outside| polled(make(outside)))))
    }

    /// The future itself, for code that polls tasks in place of the ground, such as a test.
    #[must_use]
    pub fn into_future(self, outside: &TaskContext) -> BoxFuture<'static, Result<Output, Reason>> {
        match self.0 {
            Kind::Future(future) => future,
            Kind::Made(make) => make(outside),
        }
    }

    /// The same task, until it is aborted. `vm` is the VM of the process that requested it, if that is not the
    /// ground.
    pub(crate) fn abortable(self, registration: AbortRegistration, vm: Option<Pid>) -> Self {
        Self(match self.0 {
            Kind::Future(future) => Kind::Future(abortable(future, registration)),
            Kind::Made(make) => Kind::Made(Box::new(move |outside| {
                let future = match vm {
                    Some(vm) => make(&outside.inside(&vm)),
                    None => make(outside),
                };
                abortable(future, registration)
            })),
        })
    }
}

fn polled<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Polled {
    async { Ok(Output::new(future.await)) }.boxed()
}

fn abortable(future: Polled, registration: AbortRegistration) -> Polled {
    let future = Abortable::new(future, registration);
    // Nobody gets this result, so no error is made, which might capture a backtrace.
    async { future.await.unwrap_or_else(|_aborted| Err(Reason::normal())) }.boxed()
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Task(..)")
    }
}
