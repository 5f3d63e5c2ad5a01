//! Roles: what an endpoint takes part in, and which endpoints see each other.

use std::fmt::Debug;

use crate::{Message, Pattern, Topic};

/// The direction of an endpoint. Messages are exchanged between endpoints of opposite orientation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Orientation {
    /// Sends messages of its topic, and receives feedback.
    Publisher,
    /// Receives messages of its topic, and sends feedback.
    Subscriber,
}

impl Orientation {
    /// The orientation of the peers of an endpoint with this one.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Publisher => Self::Subscriber,
            Self::Subscriber => Self::Publisher,
        }
    }
}

/// How an endpoint is interested in its topic. It decides which endpoints see each other. An endpoint gets a presence
/// of each peer that is visible to it:
///
/// | is visible to → | `Participant` | `Observer` | `Everything` |
/// | --- | --- | --- | --- |
/// | `Participant` | yes | yes | yes |
/// | `Observer` | no | no | yes |
/// | `Everything` | no | no | yes |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Interest {
    /// Takes part in conversations.
    Participant,
    /// Watches participants, which do not see it.
    Observer,
    /// Watches participants and observers. A driver that serves demand uses it, for example.
    Everything,
}

impl Interest {
    /// Whether an endpoint of this interest is visible to one of the interest `other`.
    #[must_use]
    pub const fn is_visible_to(self, other: Self) -> bool {
        matches!(self, Self::Participant) || matches!(other, Self::Everything)
    }
}

/// What an endpoint takes part in: its orientation, interest and topic.
///
/// It is part of the events [`Presence`](crate::Event::Presence) and [`Absence`](crate::Event::Absence), and of the
/// action that adds an endpoint. Two roles are equal if they describe the same.
///
/// # Examples
///
/// ```
/// use marketplace_core::{Interest, Message, Orientation, Role, topic};
///
/// #[derive(Debug, Message)]
/// struct Tick(u64);
///
/// // The role of an endpoint that `Network::observe_publishers` adds.
/// let role = Role::subscriber(topic!(Tick(_))).with_interest(Interest::Observer);
/// assert_eq!(role.orientation, Orientation::Subscriber);
/// assert!(!role.interest.is_visible_to(Interest::Participant));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The direction of the endpoint.
    pub orientation: Orientation,
    /// How the endpoint is interested in the topic.
    pub interest: Interest,
    /// The messages that the endpoint is about.
    pub topic: Topic,
}

impl Role {
    /// The role of a participant that sends the messages of `topic`.
    pub fn publisher<P: Pattern<Value: Message<Pattern = P>>>(topic: P) -> Self {
        Self {
            orientation: Orientation::Publisher,
            interest: Interest::Participant,
            topic: Topic::new(topic),
        }
    }

    /// The role of a participant that receives the messages of `topic`.
    pub fn subscriber<P: Pattern<Value: Message<Pattern = P>>>(topic: P) -> Self {
        Self {
            orientation: Orientation::Subscriber,
            interest: Interest::Participant,
            topic: Topic::new(topic),
        }
    }

    /// The same role with another interest.
    #[must_use]
    pub fn with_interest(self, interest: Interest) -> Self {
        Self { interest, ..self }
    }
}
