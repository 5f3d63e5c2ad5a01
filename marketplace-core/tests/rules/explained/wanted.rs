//! What the topics of random endpoints require of messages, as plain data.

use marketplace_core::{Leaf, Message, OptionPattern};
use proptest::prelude::*;

#[derive(Clone, Debug, Message)]
pub(crate) struct Packet {
    kind: Kind,
    label: Option<u8>,
    number: u8,
}

#[derive(Clone, Debug, Message)]
pub(crate) enum Kind {
    Empty,
    Pair { left: u8, right: u8 },
}

/// The parts of a packet that a topic requires, as plain data.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Nothing, [`Kind::Empty`], or [`Kind::Pair`] with these requirements on its parts.
    kind: Option<Option<[Option<u8>; 2]>>,
    label: Option<Option<u8>>,
    number: Option<u8>,
}

impl Wanted {
    pub(crate) fn pattern(&self) -> PacketPattern {
        let leaf = |value: Option<u8>| value.map_or(Leaf::Any, Leaf::Exactly);
        PacketPattern {
            kind: match self.kind {
                None => KindPattern::Any,
                Some(None) => KindPattern::Empty,
                Some(Some([left, right])) => KindPattern::Pair { left: leaf(left), right: leaf(right) },
            },
            label: match self.label {
                None => OptionPattern::Any,
                Some(None) => OptionPattern::None,
                Some(Some(label)) => OptionPattern::Some(Leaf::Exactly(label)),
            },
            number: leaf(self.number),
        }
    }

    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        let differ = |field: &str, own: Option<u8>, other: Option<u8>| {
            own.zip(other)
                .filter(|(own, other)| own != other)
                .map(|(own, other)| format!("{field}: {own} is not {other}"))
        };
        let kind = match (self.kind, other.kind) {
            (None, _) | (_, None) | (Some(None), Some(None)) => None,
            (Some(Some([left, right])), Some(Some([other_left, other_right]))) => {
                differ("kind.left", left, other_left).or(differ("kind.right", right, other_right))
            }
            (Some(None), _) => Some("kind: Empty is not Pair".into()),
            (_, Some(None)) => Some("kind: Pair is not Empty".into()),
        };
        let label = match (self.label, other.label) {
            (Some(None), Some(Some(_))) => Some("label: None is not Some".into()),
            (Some(Some(_)), Some(None)) => Some("label: Some is not None".into()),
            (own, other) => differ("label", own.flatten(), other.flatten()),
        };
        kind.or(label).or(differ("number", self.number, other.number))
    }
}

pub(crate) fn wanted() -> impl Strategy<Value = Wanted> {
    let leaf = || proptest::option::of(0..2_u8);
    let kind = proptest::option::of(proptest::option::of([leaf(), leaf()]));
    (kind, proptest::option::of(leaf()), leaf()).prop_map(|(kind, label, number)| Wanted {
        kind,
        label,
        number,
    })
}

pub(crate) fn packets() -> impl Strategy<Value = Packet> {
    let kind = prop_oneof![
        Just(Kind::Empty),
        (0..2_u8, 0..2_u8).prop_map(|(left, right)| Kind::Pair { left, right }),
    ];
    (kind, proptest::option::of(0..2_u8), 0..2_u8).prop_map(|(kind, label, number)| Packet {
        kind,
        label,
        number,
    })
}
