//! The vocabulary of random programs: a few messages and topics, as trees, and their conversion to the core's types.
//!
//! The slow model uses only the trees, with its own intersection.

use std::fmt::{self, Debug};

use marketplace_core::{AnyMessage, EventKinds, Interest, Leaf, Message, Orientation, Role, Topic};
use proptest::prelude::*;

#[derive(Debug, Message)]
struct Packet {
    source: u8,
    destination: u8,
    kind: Kind,
    #[message(skip)]
    payload: u8,
}

#[derive(Clone, Copy, Debug, Message)]
enum Kind {
    Empty,
    Number(u8),
    Pair { left: u8, right: u8 },
}

/// Another type, so that a test also notices when types are confused.
#[derive(Debug, Message)]
struct Note {
    number: u8,
    #[message(skip)]
    payload: u8,
}

/// A topic. Without wildcards, it is also the part of a message that can be matched on.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Tree {
    Any,
    Leaf(u8),
    Node(&'static str, Vec<Self>),
}

/// A message: the part that can be matched on, and the rest.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) matched: Tree,
    pub(crate) payload: u8,
}

/// A role whose topic is a tree.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct TreeRole {
    pub(crate) orientation: Orientation,
    pub(crate) interest: Interest,
    pub(crate) topic: Tree,
}

impl Tree {
    /// The intersection: a wildcard gives way to the other part, and all other parts must agree.
    pub(crate) fn intersection(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Any, tree) | (tree, Self::Any) => Some(tree.clone()),
            (Self::Node(name, parts), Self::Node(other_name, other_parts)) if name == other_name => {
                let parts = parts.iter().zip(other_parts).map(|(part, other)| part.intersection(other));
                Some(Self::Node(name, parts.collect::<Option<_>>()?))
            }
            _ => (self == other).then(|| self.clone()),
        }
    }

    fn leaf(&self) -> Leaf<u8> {
        match self {
            Self::Any => Leaf::Any,
            Self::Leaf(value) => Leaf::Exactly(*value),
            Self::Node(..) => unreachable!("{self:?} is no leaf"),
        }
    }

    fn kind(&self) -> KindPattern {
        match self {
            Self::Any => KindPattern::Any,
            Self::Node("Empty", _) => KindPattern::Empty,
            Self::Node("Number", parts) => KindPattern::Number(parts[0].leaf()),
            Self::Node("Pair", parts) => KindPattern::Pair { left: parts[0].leaf(), right: parts[1].leaf() },
            _ => unreachable!("{self:?} is no kind"),
        }
    }

    fn topic(&self) -> Topic {
        match self {
            Self::Node("Packet", parts) => Topic::new(PacketPattern {
                source: parts[0].leaf(),
                destination: parts[1].leaf(),
                kind: parts[2].kind(),
            }),
            Self::Node("Note", parts) => Topic::new(NotePattern { number: parts[0].leaf() }),
            _ => unreachable!("{self:?} is no topic"),
        }
    }
}

impl From<u8> for Tree {
    fn from(value: u8) -> Self {
        Self::Leaf(value)
    }
}

impl From<&Leaf<u8>> for Tree {
    fn from(leaf: &Leaf<u8>) -> Self {
        match leaf {
            Leaf::Any => Self::Any,
            Leaf::Exactly(value) => Self::Leaf(*value),
        }
    }
}

impl From<Kind> for Tree {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Empty => Self::Node("Empty", Vec::new()),
            Kind::Number(number) => Self::Node("Number", vec![number.into()]),
            Kind::Pair { left, right } => Self::Node("Pair", vec![left.into(), right.into()]),
        }
    }
}

impl From<&KindPattern> for Tree {
    fn from(kind: &KindPattern) -> Self {
        match kind {
            KindPattern::Any => Self::Any,
            KindPattern::Empty => Self::Node("Empty", Vec::new()),
            KindPattern::Number(number) => Self::Node("Number", vec![number.into()]),
            KindPattern::Pair { left, right } => Self::Node("Pair", vec![left.into(), right.into()]),
        }
    }
}

impl From<&Topic> for Tree {
    fn from(topic: &Topic) -> Self {
        if let Some(PacketPattern { source, destination, kind }) = topic.downcast_ref::<Packet>() {
            return Self::Node("Packet", vec![source.into(), destination.into(), kind.into()]);
        }
        match topic.downcast_ref::<Note>() {
            Some(NotePattern { number }) => Self::Node("Note", vec![number.into()]),
            None => unreachable!("{topic:?} is of neither type"),
        }
    }
}

impl From<&AnyMessage> for Content {
    fn from(message: &AnyMessage) -> Self {
        if let Some(Packet { source, destination, kind, payload }) = message.downcast_ref() {
            let parts = vec![(*source).into(), (*destination).into(), (*kind).into()];
            return Self { matched: Tree::Node("Packet", parts), payload: *payload };
        }
        match message.downcast_ref() {
            Some(Note { number, payload }) => {
                Self { matched: Tree::Node("Note", vec![(*number).into()]), payload: *payload }
            }
            None => unreachable!("{message:?} is of neither type"),
        }
    }
}

impl From<&Content> for AnyMessage {
    fn from(Content { matched, payload }: &Content) -> Self {
        let payload = *payload;
        match matched.topic() {
            topic if topic.downcast_ref::<Note>().is_some() => {
                let Tree::Node(_, parts) = matched else { unreachable!("{matched:?} is no message") };
                Self::new(Note { number: value(&parts[0]), payload })
            }
            _ => {
                let Tree::Node(_, parts) = matched else { unreachable!("{matched:?} is no message") };
                let kind = match &parts[2] {
                    Tree::Node("Number", parts) => Kind::Number(value(&parts[0])),
                    Tree::Node("Pair", parts) => {
                        Kind::Pair { left: value(&parts[0]), right: value(&parts[1]) }
                    }
                    _ => Kind::Empty,
                };
                Self::new(Packet { source: value(&parts[0]), destination: value(&parts[1]), kind, payload })
            }
        }
    }
}

fn value(tree: &Tree) -> u8 {
    match tree {
        Tree::Leaf(value) => *value,
        _ => unreachable!("{tree:?} is no value"),
    }
}

impl From<&TreeRole> for Role {
    fn from(TreeRole { orientation, interest, topic }: &TreeRole) -> Self {
        Self { orientation: *orientation, interest: *interest, topic: topic.topic() }
    }
}

impl From<&Role> for TreeRole {
    fn from(Role { orientation, interest, topic }: &Role) -> Self {
        Self { orientation: *orientation, interest: *interest, topic: topic.into() }
    }
}

impl Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("_"),
            Self::Leaf(value) => write!(f, "{value}"),
            Self::Node(name, parts) if parts.is_empty() => f.write_str(name),
            Self::Node(name, parts) => {
                let mut tuple = f.debug_tuple(name);
                parts.iter().for_each(|part| {
                    tuple.field(&format_args!("{part:?}"));
                });
                tuple.finish()
            }
        }
    }
}

impl Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} + {}", self.matched, self.payload)
    }
}

impl Debug for TreeRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?} {:?}", self.orientation, self.interest, self.topic)
    }
}

pub(crate) fn roles() -> impl Strategy<Value = TreeRole> {
    let interests = prop_oneof![
        4 => Just(Interest::Participant),
        1 => Just(Interest::Observer),
        2 => Just(Interest::Everything),
    ];
    (orientations(), interests, topics()).prop_map(|(orientation, interest, topic)| TreeRole {
        orientation,
        interest,
        topic,
    })
}

pub(crate) fn orientations() -> impl Strategy<Value = Orientation> {
    prop_oneof![Just(Orientation::Publisher), Just(Orientation::Subscriber)]
}

/// Topics of many shapes that often intersect: each part is a wildcard about half of the time.
pub(crate) fn topics() -> impl Strategy<Value = Tree> {
    let leaf = || prop_oneof![3 => Just(Tree::Any), 2 => leaves()];
    let kind = prop_oneof![Just(Tree::Any), kinds_of_packet(leaf)];
    nodes(leaf, kind)
}

pub(crate) fn contents() -> impl Strategy<Value = Content> {
    (nodes(leaves, kinds_of_packet(leaves)), any::<u8>())
        .prop_map(|(matched, payload)| Content { matched, payload })
}

fn nodes<L: Strategy<Value = Tree>>(
    leaf: impl Fn() -> L,
    kind: impl Strategy<Value = Tree>,
) -> impl Strategy<Value = Tree> {
    prop_oneof![
        7 => (leaf(), leaf(), kind).prop_map(|(source, destination, kind)| {
            Tree::Node("Packet", vec![source, destination, kind])
        }),
        1 => leaf().prop_map(|number| Tree::Node("Note", vec![number])),
    ]
}

fn kinds_of_packet<L: Strategy<Value = Tree>>(leaf: impl Fn() -> L) -> impl Strategy<Value = Tree> {
    prop_oneof![
        Just(Tree::Node("Empty", Vec::new())),
        leaf().prop_map(|number| Tree::Node("Number", vec![number])),
        (leaf(), leaf()).prop_map(|(left, right)| Tree::Node("Pair", vec![left, right])),
    ]
}

fn leaves() -> impl Strategy<Value = Tree> {
    (0..2_u8).prop_map(Tree::Leaf)
}

pub(crate) fn kinds() -> impl Strategy<Value = EventKinds> {
    let each = vec![EventKinds::PRESENCE, EventKinds::ABSENCE, EventKinds::MESSAGE, EventKinds::SETTLED];
    proptest::sample::subsequence(each, 0..=4)
        .prop_map(|kinds| kinds.into_iter().fold(EventKinds::NONE, |all, kind| all | kind))
}
