//! What two grounds tell each other.

use std::any::TypeId;
use std::sync::Arc;

use marketplace_core::{AnyMessage, Orientation, Reason, Role};

/// What travels from one ground to another at once.
///
/// Within a session each frame has a number, from 0 on: a batch that comes twice, or after one that is missing, can be
/// told. An empty batch tells how many frames there were.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Which session of the two grounds it belongs to. The number only grows: whoever has missed something begins the
    /// next, and the other one follows.
    pub session: u64,
    /// The number of the first frame.
    pub first: u64,
    /// The frames.
    pub frames: Vec<Frame>,
}

/// One thing that a ground tells another.
#[derive(Clone, Debug)]
pub enum Frame {
    /// The first frame of a session.
    Hello(Hello),
    /// There is an endpoint.
    Add {
        /// Its number, never used again.
        id: u64,
        /// What it takes part in.
        role: Role,
    },
    /// It is gone.
    Remove {
        /// Its number.
        id: u64,
        /// Why.
        reason: Reason,
    },
    /// All endpoints that there were at the beginning of the session have been told of.
    Ready,
    /// A message was sent.
    Message {
        /// As what it was sent: a subscriber's is feedback.
        orientation: Orientation,
        /// The message.
        message: AnyMessage,
    },
    /// So many of the other side's frames that count have been taken since the session began.
    Taken(u64),
    /// Say at once from now on what has been taken, and not only now and then: the ground would like to end.
    Sync,
    /// The ground leaves.
    Bye(Reason),
    /// Stands for a frame that could not be carried.
    Void,
}

/// Who speaks, and about what.
#[derive(Clone, Debug)]
pub struct Hello {
    /// The name of the ground.
    pub name: Arc<str>,
    /// The types that it shares, as far as both programs know them under the same name and version.
    pub types: Vec<TypeId>,
    /// How many frames that count it may be sent before it has taken any.
    pub window: u32,
    /// What else there is to say about types that it shares: of which this program has another version, say.
    pub refusals: Vec<Arc<str>>,
}

impl Frame {
    /// Whether the frame waits for the receiver to have room: those that say nothing about the link itself.
    pub(crate) const fn counts(&self) -> bool {
        matches!(self, Self::Add { .. } | Self::Remove { .. } | Self::Message { .. } | Self::Void)
    }
}
