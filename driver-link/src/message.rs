//! The messages of the driver: what a link reports about itself.

use std::sync::Arc;

use marketplace_core::{Message, Reason};

use crate::ground::GroundId;

/// Announces by presence that the link to a ground is complete: the driver publishes it while everything in the other ground
/// is mirrored here. No message is ever sent.
///
/// Subscribe to it to learn when other grounds join and leave, and to wait until "no peers" in `on_settled` holds for the
/// other ground too.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct Linked {
    /// The name of the other ground: [`Link::new`](crate::Link::new).
    pub peer: Arc<str>,
    /// The identity of the other ground, which is different in each run.
    pub ground: GroundId,
}

/// Announces by presence that a ground does not keep up: the driver publishes it while more than
/// [`Link::mark`](crate::Link::mark) frames wait for that ground. No message is ever sent.
///
/// A process that sends much should subscribe to it, and pause while it is present.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct LinkPressure {
    /// The name of the other ground.
    pub peer: Arc<str>,
    /// The identity of the other ground.
    pub ground: GroundId,
}

/// A failure of a link. The driver publishes and logs it.
#[derive(Clone, Debug, Message)]
#[message(lossy)]
pub struct LinkError {
    /// The name of the other ground, or its [`GroundId`] while its name is not known. `None` if the failure is that of a whole
    /// transport.
    pub peer: Option<Arc<str>>,
    /// The error. Patterns do not match on it.
    #[message(skip)]
    pub reason: Reason,
}
