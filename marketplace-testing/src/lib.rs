#![doc = include_str!("../README.md")]

// Clocks, time-outs, measurements.
mod clock;
mod measure;
mod timeout;

// The program under test.
mod io;
mod program;
mod running;

// What a test creates in the program, and receives from it.
mod feed;
mod inbox;
mod process;
mod reason_kind;
mod recorder;
mod report;
mod vm;

// An actor without a VM.
mod actor;

// The laws of a driver.
pub mod laws;

pub use actor::TestActor;
pub use clock::Clock;
pub use feed::Feed;
pub use inbox::{Inbox, InboxEvent};
pub use measure::{descriptors, resident_memory};
pub use process::TestProcess;
pub use program::TestProgram;
pub use reason_kind::ReasonKind;
pub use recorder::Recorder;
pub use report::{Reporter, Reports};
pub use timeout::{TIMEOUT, wait_until, within};
pub use vm::TestVm;
