//! Roles: what an endpoint takes part in, and who sees whom.

use std::fmt::Debug;

use crate::{Message, Pattern, Topic};

/// Which way messages go. Opposite orientations talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Orientation {
    /// Sends messages of its topic; receives feedback.
    Publisher,
    /// Receives messages of its topic; sends feedback.
    Subscriber,
}

impl Orientation {
    /// The orientation that this one talks to.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Publisher => Self::Subscriber,
            Self::Subscriber => Self::Publisher,
        }
    }
}

/// What an endpoint wants of its topic, which decides who sees it:
///
/// | visible to → | `Participant` | `Observer` | `Everything` |
/// | --- | --- | --- | --- |
/// | `Participant` | yes | yes | yes |
/// | `Observer` | no | no | yes |
/// | `Everything` | no | no | yes |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Interest {
    /// Takes part in conversations.
    Participant,
    /// Watches participants, unseen by them.
    Observer,
    /// Watches participants and observers alike: a driver that serves demand, say.
    Everything,
}

impl Interest {
    /// Whether an endpoint of this interest is seen by one of the interest `other`.
    #[must_use]
    pub const fn is_visible_to(self, other: Self) -> bool {
        matches!(self, Self::Participant) || matches!(other, Self::Everything)
    }
}

/// What an endpoint takes part in; equal roles mean the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Which way messages go.
    pub orientation: Orientation,
    /// What the endpoint wants of the topic.
    pub interest: Interest,
    /// Which messages it is about.
    pub topic: Topic,
}

impl Role {
    /// A participant that sends the messages of `topic`.
    pub fn publisher<P: Pattern<Value: Message<Pattern = P>>>(topic: P) -> Self {
        Self {
            orientation: Orientation::Publisher,
            interest: Interest::Participant,
            topic: Topic::new(topic),
        }
    }

    /// A participant that receives the messages of `topic`.
    pub fn subscriber<P: Pattern<Value: Message<Pattern = P>>>(topic: P) -> Self {
        Self {
            orientation: Orientation::Subscriber,
            interest: Interest::Participant,
            topic: Topic::new(topic),
        }
    }

    /// The same with another interest.
    #[must_use]
    pub fn with_interest(self, interest: Interest) -> Self {
        Self { interest, ..self }
    }
}
