#![doc = include_str!("../README.md")]
#![allow(dead_code, unused_imports)]

mod endpoint;
mod frame;
mod inspected;
mod shown;
mod view;
