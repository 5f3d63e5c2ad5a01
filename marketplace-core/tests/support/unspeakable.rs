//! An error that panics while it is formatted.

use std::error::Error;
use std::fmt;

#[derive(Debug)]
pub(crate) struct Unspeakable;

impl fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("unspeakable");
    }
}

impl Error for Unspeakable {}
