//! The messages of these tests, and random patterns of them, with few values so that they often intersect.

use marketplace_core::{FloatLeaf, Leaf, Message, OptionPattern, Pattern};
use proptest::prelude::*;

#[derive(Clone, Debug, PartialEq, Message)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), message(serde))]
pub(crate) struct Packet {
    pub(crate) route: Route,
    #[message(skip)]
    pub(crate) payload: u8,
}

#[derive(Clone, Debug, PartialEq, Message)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), message(serde))]
pub(crate) struct Route {
    pub(crate) source: Address,
    pub(crate) destination: Address,
    pub(crate) label: Option<(u8, bool)>,
    pub(crate) weight: f32,
    pub(crate) kind: Kind,
    #[message(leaf)]
    pub(crate) tags: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Message)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), message(serde))]
pub(crate) enum Address {
    Remote { host: String, port: u16 },
    Handle(u8),
    Nowhere,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Message)]
#[message(leaf)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), message(serde))]
pub(crate) enum Kind {
    Data,
    Control(u8),
}

pub(crate) fn packets() -> impl Strategy<Value = Packet> {
    (routes(), 0..2_u8).prop_map(|(route, payload)| Packet { route, payload })
}

pub(crate) fn routes() -> impl Strategy<Value = Route> {
    let label = proptest::option::of((0..2_u8, any::<bool>()));
    (addresses(), addresses(), label, weights(), kinds(), tags()).prop_map(
        |(source, destination, label, weight, kind, tags)| Route {
            source,
            destination,
            label,
            weight,
            kind,
            tags,
        },
    )
}

fn addresses() -> impl Strategy<Value = Address> {
    prop_oneof![
        (hosts(), 0..2_u16).prop_map(|(host, port)| Address::Remote { host, port }),
        (0..2_u8).prop_map(Address::Handle),
        Just(Address::Nowhere),
    ]
}

fn hosts() -> impl Strategy<Value = String> {
    prop_oneof![Just("here".to_owned()), Just("there".to_owned())]
}

fn weights() -> impl Strategy<Value = f32> {
    prop_oneof![Just(0.0), Just(-0.0), Just(f32::NAN)]
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Data), (0..2_u8).prop_map(Kind::Control)]
}

fn tags() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(0..2_u8, 0..2)
}

pub(crate) fn packet_patterns() -> impl Strategy<Value = PacketPattern> {
    route_patterns().prop_map(|route| PacketPattern { route })
}

fn route_patterns() -> impl Strategy<Value = RoutePattern> {
    let label = prop_oneof![
        Just(OptionPattern::Any),
        Just(OptionPattern::None),
        (leaves(0..2_u8), leaves(any::<bool>())).prop_map(OptionPattern::Some),
    ];
    let weight = prop_oneof![Just(FloatLeaf::Any), weights().prop_map(FloatLeaf::Exactly)];
    (address_patterns(), address_patterns(), label, weight, leaves(kinds()), leaves(tags())).prop_map(
        |(source, destination, label, weight, kind, tags)| RoutePattern {
            source,
            destination,
            label,
            weight,
            kind,
            tags,
        },
    )
}

fn address_patterns() -> impl Strategy<Value = AddressPattern> {
    prop_oneof![
        Just(AddressPattern::Any),
        (leaves(hosts()), leaves(0..2_u16)).prop_map(|(host, port)| AddressPattern::Remote { host, port }),
        leaves(0..2_u8).prop_map(AddressPattern::Handle),
        Just(AddressPattern::Nowhere),
    ]
}

/// Wildcards are more frequent than values, so that patterns match often.
fn leaves<T>(values: impl Strategy<Value = T>) -> impl Strategy<Value = Leaf<T>>
where
    T: Clone + std::fmt::Debug,
    Leaf<T>: Pattern,
{
    prop_oneof![2 => Just(Leaf::Any), 1 => values.prop_map(Leaf::Exactly)]
}

/// A pattern and a value that it matches. The pattern is the value's own, but each part that another random pattern
/// matches more generally comes from there, and the rest are wildcards.
pub(crate) fn matching() -> impl Strategy<Value = (PacketPattern, Packet)> {
    (packet_patterns(), packets()).prop_map(|(pattern, packet)| {
        let RoutePattern { source, destination, label, weight, kind, tags } =
            PacketPattern::exactly(&packet).route;
        let wide = pattern.route;
        let route = RoutePattern {
            source: loosened(wide.source, source),
            destination: loosened(wide.destination, destination),
            label: loosened(wide.label, label),
            weight: loosened(wide.weight, weight),
            kind: loosened(wide.kind, kind),
            tags: loosened(wide.tags, tags),
        };
        (PacketPattern { route }, packet)
    })
}

/// `wide` if it covers `exact`, else any value.
fn loosened<P: Pattern>(wide: P, exact: P) -> P {
    if wide.intersection(&exact) == Some(exact) { wide } else { P::any() }
}
