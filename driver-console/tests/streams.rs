//! The driver on real streams: pipes, files and a pseudo-terminal, read and written by its threads.

#[path = "streams/demand.rs"]
mod demand;
#[path = "streams/input.rs"]
mod input;
#[path = "streams/kept.rs"]
mod kept;
#[path = "streams/output.rs"]
mod output;
#[path = "streams/pressure.rs"]
mod pressure;
#[path = "streams/stop.rs"]
mod stop;
#[path = "streams/support.rs"]
mod support;
#[cfg(unix)]
#[path = "streams/terminal.rs"]
mod terminal;
