#![doc = include_str!("../README.md")]
#![allow(dead_code, unused_imports)]

mod diagram;
mod endpoint;
mod explaining;
mod frame;

mod graph;
mod inspected;
mod role;
mod shown;
mod typed;
mod view;
