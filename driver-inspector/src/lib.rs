#![doc = include_str!("../README.md")]
#![allow(dead_code)]

mod diagram;
mod endpoint;
mod explaining;
mod frame;
mod graph;
mod relation;
mod role;
mod shown;
mod typed;
mod view;
mod written;
