#![doc = include_str!("../README.md")]
#![allow(dead_code, unused_imports)]

mod driver;
mod endpoint;
mod frame;
mod inspected;
mod io;
mod message;
mod options;
mod shown;
mod view;

pub use message::{Inspecting, InspectingPattern};
pub use options::{Inspector, inspector};
