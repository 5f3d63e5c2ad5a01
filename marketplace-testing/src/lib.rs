#![doc = include_str!("../README.md")]

// What a test waits by, and looks at.
mod clock;
mod measure;
mod timeout;

// The program under test.
mod io;
mod program;
mod running;

// What a test puts into it, and gets out of it.
mod feed;
mod inbox;
mod process;
mod reason_kind;
mod recorder;
mod report;
mod vm;

// A process alone.
mod actor;

// What every driver is held to.
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
