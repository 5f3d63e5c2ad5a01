//! What the tests of the page's server share.

#![allow(dead_code, unused_imports)]

mod answer;
mod browser;
mod program;

pub(crate) use answer::Answer;
pub(crate) use browser::{Browser, Stream};
pub(crate) use program::{Inspected, at_loopback, failing, inspect};
