//! Panics as errors.

use std::any::Any;

use anyhow::{Error, anyhow};

/// The error for a panic's payload.
pub(crate) fn panic_error(payload: &(dyn Any + Send)) -> Error {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    anyhow!("panic: {text}")
}
