//! Futures that processes perform, on their way to the ground.

use std::fmt;

use futures::FutureExt;
use futures::future::{AbortRegistration, Abortable, BoxFuture};

use crate::{Output, Pid, Reason, TaskContext};

/// A future to be polled by the ground on a process' behalf.
pub struct Task(Kind);

enum Kind {
    Future(Polled),
    /// One that is made where the outside is known.
    Made(Box<dyn FnOnce(&TaskContext) -> Polled + Send>),
}

type Polled = BoxFuture<'static, Result<Output, Reason>>;

impl Task {
    /// A task whose output is `future`'s.
    pub fn new<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self(Kind::Future(polled(future)))
    }

    /// A task that is told what the outside offers, and whose output is that of the future that it makes.
    pub fn with<T, F>(make: impl FnOnce(&TaskContext) -> F + Send + 'static) -> Self
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        Self(Kind::Made(Box::new(|outside| polled(make(outside)))))
    }

    /// The future itself, for those who run tasks in the ground's place: tests, say.
    #[must_use]
    pub fn into_future(self, outside: &TaskContext) -> BoxFuture<'static, Result<Output, Reason>> {
        match self.0 {
            Kind::Future(future) => future,
            Kind::Made(make) => make(outside),
        }
    }

    /// The same, until it is aborted, and as asked for by a process inside `vm`, if that is no ground.
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
    // Nobody hears of it: no error is made, which might carry a backtrace.
    async { future.await.unwrap_or_else(|_aborted| Err(Reason::normal())) }.boxed()
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Task(..)")
    }
}
