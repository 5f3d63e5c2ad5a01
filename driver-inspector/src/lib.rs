#![doc = include_str!("../README.md")]
#![allow(dead_code, unused_imports)]

mod contained;
mod detail;
mod diagram;
mod endpoint;
mod explaining;
mod frame;
mod graph;
mod history;
mod inspected;
mod known;
mod light;
mod look;
mod loss;
mod page;
mod program;
mod recording;
mod role;
mod row;
mod secrets;
mod shown;
mod state;
mod tape;
mod telling;
#[cfg(test)]
mod tests;
mod tree;
mod typed;
mod view;
mod window;
