//! The processes of a VM, as its graph is made of them.

use std::any::TypeId;
use std::collections::HashMap;

use crate::endpoint::KnownEndpoint;
use crate::frame::{Kind, Number, State};

/// A process of the VM.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member<'a> {
    pub(crate) number: Number,
    /// Empty, if it was given none.
    pub(crate) name: &'a str,
    /// As the log has it, such as `Pid(3)`.
    pub(crate) pid: &'a str,
    pub(crate) kind: Kind,
    pub(crate) state: State,
    /// Why it is gone, if it is.
    pub(crate) reason: Option<&'a str>,
    /// Those that it has in the VM's network.
    pub(crate) endpoints: &'a [KnownEndpoint],
}

/// What has gone from a publisher to a subscriber since the last frame, and back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Highlight {
    pub(crate) messages: u64,
    pub(crate) feedback: u64,
}

/// What has gone of late, by the publisher's process, the subscriber's, and the messages' type.
pub(crate) type Highlights = HashMap<(Number, Number, TypeId), Highlight>;
