//! The code of the chapter: a module for each driver that the page "Using the drivers" shows, and one for the page about
//! the laws.

mod console;
#[cfg(unix)]
mod ground;
mod laws;
mod relay;
#[cfg(unix)]
mod signal;
#[cfg(unix)]
mod tcp;
mod timer;
mod udp;
