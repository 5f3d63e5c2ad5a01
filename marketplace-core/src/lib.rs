#![doc = include_str!("../README.md")]

// The derive and the topic macro write paths that begin with the crate's name.
extern crate self as marketplace_core;

mod action;
mod actions;
mod actor;
mod demand;
mod endpoint;
mod event;
mod float;
mod ground;
mod handle;
mod index;
mod leaf;
#[doc(hidden)]
pub mod macros;
mod members;
mod message;
mod network;
mod panic;
mod pattern;
mod pid;
mod process;
mod reason;
mod role;
mod source;
mod spawn;
mod stop;
mod structural;
mod subscription;
mod topic;
mod value;
mod vm;

pub use action::{Action, AddEndpoint, NetworkAction, Task};
pub use actions::{Actions, Level, Load};
pub use actor::Actor;
pub use demand::DemandMatcher;
pub use endpoint::{Endpoint, Peer};
pub use event::{Event, Kinds, Output, Token};
pub use float::FloatLeaf;
pub use ground::Ground;
pub use handle::{GroundEnded, Handle};
pub use leaf::Leaf;
pub use marketplace_core_derive::{Message, topic};
pub use message::{AnyMessage, Message};
pub use network::Network;
pub use pattern::{Pattern, Shape};
pub use pid::Pid;
pub use process::{Context, Outcome};
pub use reason::Reason;
pub use role::{Interest, Orientation, Role};
pub use source::{EventSource, EventValue, GroundEvent, Once};
pub use spawn::Spawn;
pub use stop::Stopping;
pub use structural::OptionPattern;
pub use subscription::Subscription;
pub use topic::Topic;
pub use value::Value;
pub use vm::VirtualMachine;
