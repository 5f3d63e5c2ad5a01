#![doc = include_str!("../README.md")]
#![allow(dead_code, unused_imports)]

mod diagram;
mod driver;
mod endpoint;
mod explaining;
mod frame;
mod graph;
mod inspected;
mod io;
mod message;
mod options;
mod role;
mod shown;
mod typed;
mod view;

pub use message::{Inspecting, InspectingPattern};
pub use options::{Inspector, inspector};
