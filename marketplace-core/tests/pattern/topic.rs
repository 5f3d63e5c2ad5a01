//! The patterns that `topic!` makes.

use std::sync::Arc;

use marketplace_core::{FloatLeaf, Leaf, Message, OptionPattern, Pattern, topic};

use super::vocabulary::{Address, AddressPattern, Kind, Packet, PacketPattern, Route, RoutePattern};

fn remote() -> Address {
    Address::Remote { host: "here".into(), port: 80 }
}

#[test]
fn wildcards_and_a_rest_pin_nothing_down() {
    assert_eq!(topic!(Route { .. }), RoutePattern::any());
    assert_eq!(topic!(Packet { route: _, .. }), PacketPattern::any());
    assert_eq!(topic!(Packet { route: _, payload: _ }), PacketPattern::any());
}

#[test]
fn expressions_are_of_the_parts_own_type_and_only_borrowed() {
    let us = remote();
    let them = &us;
    let topic = topic!(Route { source: us, destination: them, kind: Kind::Control(1), .. });
    let expected = RoutePattern {
        source: AddressPattern::exactly(&us),
        destination: AddressPattern::exactly(them),
        kind: Leaf::Exactly(Kind::Control(1)),
        ..RoutePattern::any()
    };
    assert_eq!(topic, expected);
}

#[test]
fn literals_and_conversions_take_the_parts_type() {
    let topic = topic!(Route {
        source: Address::Remote { host: "here".into(), port: 80 },
        destination: Address::Handle(_),
        weight: -1.5,
        ..
    });
    let expected = RoutePattern {
        source: AddressPattern::exactly(&remote()),
        destination: AddressPattern::Handle(Leaf::Any),
        weight: FloatLeaf::Exactly(-1.5),
        ..RoutePattern::any()
    };
    assert_eq!(topic, expected);
}

#[test]
fn a_field_alone_stands_for_a_variable_of_its_name() {
    let port = 80;
    assert_eq!(
        topic!(Address::Remote { port, .. }),
        AddressPattern::Remote { host: Leaf::Any, port: Leaf::Exactly(80) },
    );
}

#[test]
fn options_and_tuples_are_spelled_out() {
    let label = |topic: RoutePattern| topic.label;
    let some = OptionPattern::Some;
    assert_eq!(label(topic!(Route { label: Some(_), .. })), some((Leaf::Any, Leaf::Any)));
    assert_eq!(label(topic!(Route { label: Some((4, _)), .. })), some((Leaf::Exactly(4), Leaf::Any)));
    assert_eq!(label(topic!(Route { label: Some((_, ..)), .. })), some((Leaf::Any, Leaf::Any)));
    assert_eq!(label(topic!(Route { label: Some((4, true)), .. })), OptionPattern::exactly(&Some((4, true))));
    assert_eq!(label(topic!(Route { label: None, .. })), OptionPattern::None);
}

#[test]
fn a_value_alone_gives_its_exact_pattern() {
    let us = remote();
    assert_eq!(topic!(us), AddressPattern::exactly(&us));
    assert_eq!(topic!(Address::Handle(3)), AddressPattern::exactly(&Address::Handle(3)));
    assert_eq!(topic!(Address::Nowhere), AddressPattern::Nowhere);
}

#[test]
#[allow(clippy::unneeded_struct_pattern)]
fn a_variant_without_fields_can_be_asked_for_as_a_pattern() {
    assert_eq!(topic!(Address::Nowhere { .. }), AddressPattern::Nowhere);
}

#[test]
fn expressions_run_once_and_in_order() -> Result<(), std::num::ParseIntError> {
    let mut ran = Vec::new();
    let topic = topic!(Address::Remote {
        port: {
            ran.push("port");
            "80".parse::<u16>()?
        },
        host: {
            ran.push("host");
            String::from("here")
        },
        ..
    });
    assert_eq!(topic, AddressPattern::exactly(&remote()));
    assert_eq!(ran, ["port", "host"]);
    Ok(())
}

#[test]
fn topics_are_shown_as_they_are_written() {
    let topic = topic!(Route { source: _, destination: Address::Remote { host: _, port: 80 }, .. });
    assert_eq!(
        format!("{topic:?}"),
        "Route { source: _, destination: Remote { host: _, port: 80 }, label: _, weight: _, kind: _, tags: _ }",
    );
    assert_eq!(format!("{:?}", topic!(Address::Handle(_))), "Handle(_)");
}

#[derive(Debug, PartialEq, Message)]
struct Envelope<T, const N: usize>
where
    T: Clone,
{
    id: Arc<str>,
    body: T,
    #[message(leaf)]
    seal: [u8; N],
}

#[test]
fn generic_types_infer_their_parameters_or_have_them_stated() {
    let told = topic!(Envelope::<Address, 2> { id: "a".into(), .. });
    assert_eq!(format!("{told:?}"), r#"Envelope { id: "a", body: _, seal: _ }"#);
    let inferred = topic!(Envelope { body: Address::Handle(_), seal: [1, 2], id: _ });
    // A pattern determines the type of its part, and an expression does not. So the length of the seal is inferred from
    // the next line.
    let met: Option<EnvelopePattern<Address, 2>> = told.intersection(&inferred);
    assert_eq!(format!("{met:?}"), r#"Some(Envelope { id: "a", body: Handle(_), seal: [1, 2] })"#);
}

#[derive(Debug, Message)]
struct Tagged<T>(u8, bool, #[message(skip)] T);

#[test]
fn a_skipped_field_has_no_place() {
    let pattern: TaggedPattern<u8> = Pattern::exactly(&Tagged(1, true, 2));
    assert!(pattern.matches(&Tagged(1, true, 3)));
    assert_eq!((pattern.0.clone(), pattern.1.clone()), (Leaf::Exactly(1), Leaf::Exactly(true)));
    assert!(pattern.value().is_none());
    assert_eq!(TaggedPattern::<u8>::POSITIONS, 2);
}

#[test]
fn the_fields_of_a_tuple_keep_their_numbers() {
    let topic = topic!(Tagged::<bool>(_, true, ..));
    assert!(topic.matches(&Tagged(1, true, false)));
    assert!(!topic.matches(&Tagged(1, false, true)));
}
