//! Waiting outside the ground for something that the ground does. The ground wakes such code during its own work, so
//! a panic of its waker must not reach the ground.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use futures::Stream;
use pin_project::pin_project;
use tracing::error;

use crate::panic::{guard, guarded_drop};

/// A future or stream of this crate that code outside polls. The waker of that code may panic when the ground wakes
/// or drops it.
#[pin_project]
#[derive(Debug)]
pub(crate) struct Waiting<T> {
    #[pin]
    value: T,
    /// The waker with which it was polled last, and the one that wraps it.
    waker: Option<(Waker, Waker)>,
}

/// A waker from outside, whose panics are logged.
struct Shelter(Option<Waker>);

impl<T> Waiting<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { value, waker: None }
    }

    fn poll_sheltered<U>(
        self: Pin<&mut Self>,
        cx: &Context<'_>,
        poll: impl FnOnce(Pin<&mut T>, &mut Context<'_>) -> Poll<U>,
    ) -> Poll<U> {
        let this = self.project();
        let theirs = cx.waker();
        let (_, ours) = match this.waker.take() {
            Some(last) if last.0.will_wake(theirs) => this.waker.insert(last),
            _ => this.waker.insert((theirs.clone(), Arc::new(Shelter(Some(theirs.clone()))).into())),
        };
        poll(this.value, &mut Context::from_waker(ours))
    }
}

impl<T: Future> Future for Waiting<T> {
    type Output = T::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_sheltered(cx, T::poll)
    }
}

impl<T: Stream> Stream for Waiting<T> {
    type Item = T::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_sheltered(cx, T::poll_next)
    }
}

impl Wake for Shelter {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(theirs) = &self.0
            && let Err(error) = guard(|| theirs.wake_by_ref())
        {
            error!(%error, "a waker outside the ground panicked");
        }
    }
}

impl Drop for Shelter {
    fn drop(&mut self) {
        guarded_drop(self.0.take(), "a waker outside the ground");
    }
}
