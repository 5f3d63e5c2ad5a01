//! The commands, each run in a small repository: a core, its macros, a crate for tests and a driver.

#[cfg(unix)]
mod cargo;
#[cfg(unix)]
mod docs;
mod floor;
mod package;
#[cfg(unix)]
mod release;
mod repository;
