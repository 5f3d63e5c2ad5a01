#![doc = include_str!("../README.md")]

mod buffer;
mod delivery;
mod detail;
mod diagram;
mod driver;
mod endpoint;
mod explanation;
mod expression;
mod frame;
mod graph;
mod hidden_values;
mod history;
mod inspected;
mod io;
mod loss;
mod message;
mod model;
mod nesting;
mod options;
mod page;
mod panic;
mod program;
mod record;
mod recording;
mod relation;
mod request;
mod role;
mod row;
mod snapshot;
mod state;
mod svg;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod typed_topic;
mod view;
mod window;

pub use message::{Inspecting, InspectingPattern};
pub use options::{Inspector, inspector};
