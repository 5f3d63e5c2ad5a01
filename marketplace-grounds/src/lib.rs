#![doc = include_str!("../README.md")]

mod grounds;
mod keeper;
mod notice;
mod running;
mod thread;

pub use grounds::Grounds;
pub use running::{RunningGrounds, StopHandle};
pub use thread::Program;
