//! A crate whose manifest does not name the core.

pub mod by_driver;
pub mod by_facade;
