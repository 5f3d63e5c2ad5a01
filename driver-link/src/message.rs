//! The vocabulary: what a link says of itself.

use std::sync::Arc;

use marketplace_core::{Message, Reason};

use crate::ground::GroundId;

/// State of a link, by presence: the driver publishes it once all there is over there has been mirrored here, and
/// until the last of it has gone. No message is ever sent.
///
/// "Nobody" is "nobody anywhere" for who is settled while each link that matters is there.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct Linked {
    /// The name of the ground over there: [`Link::new`](crate::Link::new).
    pub peer: Arc<str>,
    /// Which ground it is; another one in each run.
    pub ground: GroundId,
}

/// State of a link, by presence: while more than [`Link::mark`](crate::Link::mark) frames wait for a ground that does
/// not keep up. Who sends much waits until it goes. No message is ever sent.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct LinkPressure {
    /// The name of the ground over there.
    pub peer: Arc<str>,
    /// Which ground it is.
    pub ground: GroundId,
}

/// Something went wrong with a link. The driver publishes it, and logs it.
#[derive(Clone, Debug, Message)]
#[message(lossy)]
pub struct LinkError {
    /// The name of the ground over there, or its [`GroundId`] while it has not said its name; nothing, if it is about all
    /// of what a carrier carries.
    pub peer: Option<Arc<str>>,
    /// What went wrong; never matched on.
    #[message(skip)]
    pub reason: Reason,
}
