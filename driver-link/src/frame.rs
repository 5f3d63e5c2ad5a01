//! Frames: what two grounds send each other.

use std::any::TypeId;
use std::sync::Arc;

use marketplace_core::{AnyMessage, Orientation, Reason, Role};

/// Several frames that are sent from one ground to another together.
///
/// Within a session the frames are numbered from 0, so that duplicates and gaps are detected. An empty batch says how many
/// frames there were.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The session of the two grounds. The number only grows: a ground that has missed something begins the next session,
    /// and the other one follows.
    pub session: u64,
    /// The number of the first frame.
    pub first: u64,
    /// The frames.
    pub frames: Vec<Frame>,
}

/// A piece of information that a ground sends to another one.
#[derive(Clone, Debug)]
pub enum Frame {
    /// The first frame of a session.
    Hello(Hello),
    /// An endpoint exists.
    Add {
        /// Its number, never used again.
        id: u64,
        /// Its role.
        role: Role,
    },
    /// An endpoint is gone.
    Remove {
        /// Its number.
        id: u64,
        /// The reason.
        reason: Reason,
    },
    /// All endpoints that existed at the beginning of the session have been sent.
    Ready,
    /// A message was sent.
    Message {
        /// The orientation of the sender. A subscriber sends feedback.
        orientation: Orientation,
        /// The message.
        message: AnyMessage,
    },
    /// The number of counted frames of the other side that were processed since the session began.
    Taken(u64),
    /// A request to acknowledge frames at once from now on, because the ground wants to end.
    Sync,
    /// The ground leaves the link.
    Bye(Reason),
    /// A placeholder for a frame that could not be sent.
    Void,
}

/// The introduction of a ground, the first frame of a session.
#[derive(Clone, Debug)]
pub struct Hello {
    /// The name of the ground.
    pub name: Arc<str>,
    /// The types that it shares, as far as both programs know them under the same name and version.
    pub types: Vec<TypeId>,
    /// How many counted frames may be sent to it before it has acknowledged any.
    pub window: u32,
    /// Problems with types that it shares, for example types of which this program has another version.
    pub refusals: Vec<Arc<str>>,
}

impl Frame {
    /// Whether the frame counts against the receiver's window. Frames about the link itself do not.
    pub(crate) const fn counts(&self) -> bool {
        matches!(self, Self::Add { .. } | Self::Remove { .. } | Self::Message { .. } | Self::Void)
    }
}
