//! Panics as errors.

use std::any::Any;
use std::fmt::Display;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use anyhow::{Error, anyhow};
use futures::Stream;
use pin_project::{pin_project, pinned_drop};
use tracing::error;

/// Runs code of a user's; its panic is an error.
#[inline(always)]
pub(crate) fn guard<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).map_err(panic_error)
}

/// An error of a user's for the log, with what caused it, also where it panics as it is shown.
pub(crate) fn shown(error: &impl Display) -> String {
    guard(|| format!("{error:#}"))
        .unwrap_or_else(|panic| format!("an error that cannot be formatted: {panic}"))
}

/// Drops a value of a user's, whose panic is logged.
pub(crate) fn guarded_drop<T>(value: T, what: &'static str) {
    if let Err(error) = guard(|| drop(value)) {
        error!(%error, "{what} panicked while it was dropped");
    }
}

/// Drops values of a user's one by one: two panics at once would be the end of everything.
pub(crate) fn guarded_drops<T>(values: impl IntoIterator<Item = T>, what: &'static str) {
    for value in values {
        guarded_drop(value, what);
    }
}

/// A stream or future of a user's that may panic as it is polled, which is its last item or its output, and as
/// it is dropped.
#[pin_project(PinnedDrop)]
pub(crate) struct Contained<T> {
    /// Nothing once it has panicked.
    #[pin]
    value: Option<T>,
    what: &'static str,
}

impl<T> Contained<T> {
    pub(crate) const fn new(value: T, what: &'static str) -> Self {
        Self { value: Some(value), what }
    }

    /// Polls it, unless it has panicked.
    fn poll_guarded<U>(
        self: Pin<&mut Self>,
        poll: impl FnOnce(Pin<&mut T>) -> Poll<U>,
    ) -> Option<Poll<Result<U, Error>>> {
        let mut this = self.project();
        let value = this.value.as_mut().as_pin_mut()?;
        Some(match guard(|| poll(value)) {
            Ok(polled) => polled.map(Ok),
            Err(panic) => {
                guarded_clear(this.value, this.what);
                Poll::Ready(Err(panic))
            }
        })
    }
}

impl<T: Stream> Stream for Contained<T> {
    type Item = Result<T::Item, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.poll_guarded(|stream| stream.poll_next(cx)) {
            None => Poll::Ready(None),
            Some(polled) => polled.map(Result::transpose),
        }
    }
}

impl<T: Future> Future for Contained<T> {
    type Output = Result<T::Output, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_guarded(|future| future.poll(cx)).unwrap_or(Poll::Pending)
    }
}

#[pinned_drop]
impl<T> PinnedDrop for Contained<T> {
    fn drop(self: Pin<&mut Self>) {
        let this = self.project();
        guarded_clear(this.value, this.what);
    }
}

fn guarded_clear<T>(mut value: Pin<&mut Option<T>>, what: &'static str) {
    if let Err(error) = guard(|| value.set(None)) {
        error!(%error, "{what} panicked while it was dropped");
    }
}

/// The error for a panic's payload, which may panic in turn as it is dropped.
pub(crate) fn panic_error(payload: Box<dyn Any + Send>) -> Error {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    let error = anyhow!("panic: {text}");
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // It might go on like this.
        mem::forget(another);
    }
    error
}
