#![doc = include_str!("../README.md")]
#![allow(dead_code, unused_imports)]

mod endpoint;
mod frame;
mod shown;
mod view;
