#![doc = include_str!("../README.md")]

// What a test waits by, and looks at.
mod clock;
mod measure;
mod patience;

// The program under test.
mod io;
mod program;
mod running;

// What a test puts into it, and gets out of it.
mod feed;
mod inbox;
mod process;
mod recorder;
mod report;
mod vm;
mod why;

// A process alone.
mod actor;

// What every driver is held to.
pub mod laws;

pub use actor::LoneActor;
pub use clock::Clock;
pub use feed::Feed;
pub use inbox::{Inbox, Seen};
pub use measure::{descriptors, resident_memory};
pub use patience::{PATIENCE, until, within};
pub use process::TestProcess;
pub use program::TestProgram;
pub use recorder::Recorder;
pub use report::{Reporter, Reports};
pub use vm::TestVm;
pub use why::Why;
