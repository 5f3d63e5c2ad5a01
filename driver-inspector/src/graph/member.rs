//! The processes of a VM, from which its graph is made.

use std::any::TypeId;
use std::collections::HashMap;

use crate::endpoint::KnownEndpoint;
use crate::frame::{Kind, Number, State};

/// A process of the VM.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member<'a> {
    pub(crate) number: Number,
    /// Empty if the process has no name.
    pub(crate) name: &'a str,
    /// As it is written in the log, such as `Pid(3)`.
    pub(crate) pid: &'a str,
    pub(crate) kind: Kind,
    pub(crate) state: State,
    /// The reason, if the process has left.
    pub(crate) reason: Option<&'a str>,
    /// Its endpoints in the VM's network.
    pub(crate) endpoints: &'a [KnownEndpoint],
}

/// What was delivered from a publisher to a subscriber, and back, since the last frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Highlight {
    pub(crate) messages: u64,
    pub(crate) feedback: u64,
}

/// What was delivered since the last frame, by publisher, subscriber and message type.
pub(crate) type Highlights = HashMap<(Number, Number, TypeId), Highlight>;
