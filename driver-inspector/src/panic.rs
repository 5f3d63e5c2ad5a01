//! Users' code that runs on the inspector's thread: it may panic, and the page goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What users' code returns; nothing, if it panics.
pub(crate) fn catch_panic<R>(work: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// Drops what may hold users' values, of which this may be the last owner.
pub(crate) fn discard<T>(value: T) {
    // What panics has been dropped as far as it can be.
    let _panicked = catch_panic(|| drop(value));
}
