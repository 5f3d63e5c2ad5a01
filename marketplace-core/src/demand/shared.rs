//! State that several handlers of one process share.

use std::sync::{Arc, Mutex, PoisonError};

/// State for several handlers. They run one after the other, so the lock is always free.
pub(super) fn shared<T>(state: T) -> Arc<Mutex<T>> {
    Arc::new(Mutex::new(state))
}

pub(super) fn with<T, R>(state: &Mutex<T>, work: impl FnOnce(&mut T) -> R) -> R {
    work(&mut state.lock().unwrap_or_else(PoisonError::into_inner))
}
