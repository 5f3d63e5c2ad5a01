//! Panics of users' code that runs on the inspector's thread. They must not end the thread.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs users' code. `None` if it panics.
pub(crate) fn catch_panic<R>(work: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// Drops a value that may contain values of users' types, whose `Drop` may panic.
pub(crate) fn discard<T>(value: T) {
    // After a panic there is nothing left to drop.
    let _panicked = catch_panic(|| drop(value));
}
