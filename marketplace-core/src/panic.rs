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

/// Runs users' code. Its panic is returned as an error.
#[inline(always)]
pub(crate) fn guard<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).map_err(panic_error)
}

/// A user's error for the log, with its causes. It may panic when it is formatted.
pub(crate) fn shown(error: &impl Display) -> String {
    guard(|| format!("{error:#}"))
        .unwrap_or_else(|panic| format!("an error that cannot be formatted: {panic}"))
}

/// Drops a user's value. Its panic is logged.
pub(crate) fn guarded_drop<T>(value: T, what: &'static str) {
    if let Err(error) = guard(|| drop(value)) {
        error!(%error, "{what} panicked while it was dropped");
    }
}

/// Drops users' values one by one, since a panic during another panic would abort the program.
pub(crate) fn guarded_drops<T>(values: impl IntoIterator<Item = T>, what: &'static str) {
    for value in values {
        guarded_drop(value, what);
    }
}

/// A user's stream or future, which may panic when it is polled or dropped. A panic while it is polled is its last
/// item or its output.
#[pin_project(PinnedDrop)]
pub(crate) struct Contained<T> {
    /// `None` once it has panicked.
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

/// The error for a panic's payload, which may itself panic when it is dropped.
pub(crate) fn panic_error(payload: Box<dyn Any + Send>) -> Error {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    let error = anyhow!("panic: {text}");
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // Do not drop this one: it might panic again.
        mem::forget(another);
    }
    error
}
