#![doc = include_str!("../README.md")]

mod contained;
mod detail;
mod diagram;
mod driver;
mod endpoint;
mod explaining;
mod frame;
mod graph;
mod history;
mod inspected;
mod io;
mod known;
mod light;
mod look;
mod loss;
mod message;
mod nesting;
mod options;
mod page;
mod program;
mod recording;
mod relation;
mod role;
mod row;
mod secrets;
mod seen;
mod shown;
mod state;
mod svg;
mod tape;
mod telling;
#[cfg(test)]
mod tests;
mod tree;
mod typed;
mod view;
mod window;
mod written;

pub use message::{Inspecting, InspectingPattern};
pub use options::{Inspector, inspector};
