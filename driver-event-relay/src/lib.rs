#![doc = include_str!("../README.md")]

mod driver;

pub use driver::event_relay;
