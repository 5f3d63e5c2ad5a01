//! The vocabulary of random programs.
//!
//! Each endpoint has a number. Its topic requires that the flag of this number is unset, which it is in all messages,
//! so the number does not change what matches. It shows which endpoint a mirror stands for, and which two endpoints a
//! conversation is between.

use std::fmt::{self, Debug};

use driver_link::{Link, Shared};
use marketplace_core::{
    AnyMessage, Context, EventKinds, Interest, Leaf, Message, Orientation, Pattern, Role, Topic,
};

/// How many endpoints a program has at most, over all grounds, during its whole run.
pub(crate) const MOST: usize = 24;

/// The two message types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Packet,
    Note,
}

/// The topic of an endpoint, without its number. For a message, all parts are known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct About {
    pub(crate) kind: Kind,
    pub(crate) room: Option<u8>,
    pub(crate) who: Option<u8>,
}

/// A role: either of an endpoint, which has one number, or the intersection of two.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Part {
    pub(crate) orientation: Orientation,
    pub(crate) interest: Interest,
    pub(crate) about: About,
    pub(crate) numbers: Vec<usize>,
}

/// Makes the flags, and the two types that have them.
macro_rules! vocabulary {
    ($($flag:ident)+; $($kind:ident $pattern:ident)+) => {
        #[derive(Clone, Debug, Message)]
        pub(crate) struct Flags {
            $($flag: bool),+
        }

        impl Flags {
            const UNSET: Self = Self { $($flag: false),+ };

            /// Requires that the flags of these numbers are unset.
            fn of(numbers: &[usize]) -> FlagsPattern {
                let mut flag = 0..;
                let mut leaf = || match numbers.contains(&flag.next().unwrap_or_default()) {
                    true => Leaf::Exactly(false),
                    false => Leaf::Any,
                };
                FlagsPattern { $($flag: leaf()),+ }
            }

            /// The numbers of the flags in a pattern.
            fn numbers(pattern: &FlagsPattern) -> Vec<usize> {
                let pinned = [$(pattern.$flag.value().is_some()),+];
                pinned.iter().enumerate().filter(|(_, is_pinned)| **is_pinned).map(|(number, _)| number).collect()
            }
        }

        $(
            #[derive(Clone, Debug, Message)]
            struct $kind {
                room: u8,
                who: u8,
                flags: Flags,
                #[message(skip)]
                number: usize,
            }
        )+

        impl About {
            /// Adds an endpoint.
            pub(crate) fn add(self, cx: &mut Context<'_, ()>, part: &Part, name: usize) {
                match self.kind {
                    $(Kind::$kind => add(cx, part, name, $pattern {
                        room: leaf(self.room),
                        who: leaf(self.who),
                        flags: Flags::of(&part.numbers),
                    })),+
                }
            }

            /// Sends a message with this number.
            pub(crate) fn send(self, cx: &mut Context<'_, ()>, orientation: Orientation, number: usize) {
                let (room, who) = (self.room.unwrap_or_default(), self.who.unwrap_or_default());
                match self.kind {
                    $(Kind::$kind => {
                        let message = $kind { room, who, flags: Flags::UNSET, number };
                        match orientation {
                            Orientation::Publisher => cx.send(message),
                            Orientation::Subscriber => cx.send_feedback(message),
                        }
                    }),+
                }
            }

            /// Shares a type, with these filters.
            pub(crate) fn share(link: Link, outward: Self, inward: Self) -> Link {
                match outward.kind {
                    $(Kind::$kind => {
                        let within = |about: Self| $pattern {
                            room: leaf(about.room),
                            who: leaf(about.who),
                            flags: Flags::of(&[]),
                        };
                        link.share(Shared::<$kind>::new().outbound(within(outward)).inbound(within(inward)))
                    }),+
                }
            }

            fn of_topic(topic: &Topic) -> Option<(Self, Vec<usize>)> {
                $(
                    if let Some(pattern) = topic.downcast_ref::<$kind>() {
                        let (room, who) = (pattern.room.value(), pattern.who.value());
                        return Some((Self { kind: Kind::$kind, room, who }, Flags::numbers(&pattern.flags)));
                    }
                )+
                None
            }
        }

        /// The topic of a message, and its number.
        pub(crate) fn read(message: &AnyMessage) -> Option<(About, usize)> {
            $(
                if let Some($kind { room, who, number, .. }) = message.downcast_ref() {
                    return Some((About { kind: Kind::$kind, room: Some(*room), who: Some(*who) }, *number));
                }
            )+
            None
        }
    };
}

vocabulary! {
    f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12 f13 f14 f15 f16 f17 f18 f19 f20 f21 f22 f23;
    Packet PacketPattern
    Note NotePattern
}

fn leaf(value: Option<u8>) -> Leaf<u8> {
    value.map_or(Leaf::Any, Leaf::Exactly)
}

fn add<P: Pattern<Value: Message<Pattern = P>>>(
    cx: &mut Context<'_, ()>,
    part: &Part,
    name: usize,
    topic: P,
) {
    let endpoint = match (part.orientation, part.interest) {
        (Orientation::Publisher, Interest::Participant) => cx.publisher(topic),
        (Orientation::Publisher, Interest::Observer) => cx.observe_subscribers(topic),
        (Orientation::Publisher, Interest::Everything) => cx.observe_subscribers_everything(topic),
        (Orientation::Subscriber, Interest::Participant) => cx.subscriber(topic),
        (Orientation::Subscriber, Interest::Observer) => cx.observe_publishers(topic),
        (Orientation::Subscriber, Interest::Everything) => cx.observe_publishers_everything(topic),
    };
    endpoint.named(name).on(EventKinds::ALL, |(), _, _| Ok(()));
}

impl About {
    /// The intersection of both.
    pub(crate) fn intersection(self, other: Self) -> Option<Self> {
        let part = |one: Option<u8>, other: Option<u8>| match (one, other) {
            (Some(one), Some(other)) if one != other => None,
            (one, other) => Some(one.or(other)),
        };
        (self.kind == other.kind).then_some(())?;
        Some(Self { kind: self.kind, room: part(self.room, other.room)?, who: part(self.who, other.who)? })
    }
}

impl Part {
    /// The part of a role, if its topic is in this vocabulary.
    pub(crate) fn of(role: &Role) -> Option<Self> {
        let (about, numbers) = About::of_topic(&role.topic)?;
        Some(Self { orientation: role.orientation, interest: role.interest, about, numbers })
    }

    /// The role that this endpoint receives in the presence of another, if that is visible to it: rule S6.
    pub(crate) fn told_of(&self, other: &Self) -> Option<Self> {
        let is_visible = other.interest == Interest::Participant || self.interest == Interest::Everything;
        (is_visible && self.orientation != other.orientation).then_some(())?;
        let mut numbers = [&*self.numbers, &*other.numbers].concat();
        numbers.sort_unstable();
        Some(Self { about: self.about.intersection(other.about)?, numbers, ..*other })
    }
}

impl Debug for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |part: Option<u8>| part.map_or_else(|| "_".to_owned(), |part| part.to_string());
        write!(f, "{:?}({}, {})", self.kind, part(self.room), part(self.who))
    }
}

impl Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { orientation, interest, about, numbers } = self;
        write!(f, "{orientation:?} {interest:?} {about:?} of {numbers:?}")
    }
}
