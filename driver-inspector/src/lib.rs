#![doc = include_str!("../README.md")]
#![allow(dead_code)]

mod endpoint;
mod frame;
mod shown;
mod view;
