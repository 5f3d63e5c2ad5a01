//! Patterns serialized by serde, in a self-describing format and in another one.

use std::fmt::Debug;
use std::marker::PhantomData;

use marketplace_core::{FloatLeaf, Leaf, Message, OptionPattern, Pattern, topic};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::vocabulary::{Packet, PacketPattern, RoutePattern, matching, packet_patterns, packets, routes};

/// The results of writing and reading a value in each format.
fn trips<T: Serialize + DeserializeOwned>(value: &T) -> [T; 2] {
    let text = serde_json::to_string(value).expect("it can be written as text");
    [serde_json::from_str(&text).expect("the text is one of it"), compact(value)]
}

fn compact<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let bytes = postcard::to_allocvec(value).expect("it can be written as bytes");
    postcard::from_bytes(&bytes).expect("the bytes are one of it")
}

fn survives<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    for arrived in trips(value) {
        assert_eq!(arrived, *value);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_pattern_is_the_same_after_a_trip(p in packet_patterns()) {
        for arrived in trips(&p) {
            prop_assert_eq!(arrived.shape(), p.shape());
            prop_assert_eq!(arrived, p.clone());
        }
    }

    #[test]
    fn a_pattern_matches_after_a_trip_what_it_has_matched_before((p, m) in matching(), other in packets()) {
        for arrived in trips(&p) {
            prop_assert!(arrived.matches(&m));
            prop_assert_eq!(arrived.matches(&other), p.matches(&other));
        }
    }

    #[test]
    fn two_patterns_have_the_same_intersection_after_a_trip(
        p in packet_patterns(),
        q in packet_patterns(),
    ) {
        let both = p.intersection(&q);
        prop_assert_eq!(compact(&p).intersection(&compact(&q)), both.as_ref().map(compact));
    }

    #[test]
    fn the_pattern_of_a_value_travels_as_well_as_the_value(m in packets()) {
        let arrived: Packet = compact(&m);
        prop_assert_eq!(PacketPattern::exactly(&arrived), compact(&PacketPattern::exactly(&m)));
    }

    #[test]
    fn a_value_can_be_made_of_a_pattern_that_has_travelled(route in routes()) {
        for arrived in trips(&RoutePattern::exactly(&route)) {
            prop_assert_eq!(arrived.value().map(|value| RoutePattern::exactly(&value)), Some(arrived));
        }
    }

    #[test]
    fn a_float_keeps_each_of_its_bits(single: u32, double: u64) {
        survives(&FloatLeaf::Exactly(f32::from_bits(single)));
        survives(&FloatLeaf::Exactly(f64::from_bits(double)));
    }
}

#[derive(Clone, Debug, PartialEq, Message, Serialize, Deserialize)]
#[message(serde)]
struct Envelope<T> {
    to: Option<T>,
    from: (u8, T),
    #[message(skip)]
    body: Vec<T>,
}

/// The parameter is used only by a skipped field.
#[derive(Clone, Debug, PartialEq, Message, Serialize, Deserialize)]
#[message(serde)]
struct Opaque<T>(u8, #[message(skip)] T);

#[derive(Clone, Debug, PartialEq, Message, Serialize, Deserialize)]
#[message(serde)]
enum Either<A, B> {
    Left { of: A },
    Right(B),
    Neither,
}

/// A type without serde's traits.
#[derive(Clone, Debug, PartialEq, Message)]
struct Local;

#[test]
fn the_wildcard_is_not_the_value_none() {
    let leaves: [Leaf<Option<u8>>; 3] = [Leaf::Any, Leaf::Exactly(None), Leaf::Exactly(Some(0))];
    leaves.iter().for_each(survives);
    let options: [OptionPattern<OptionPattern<Leaf<u8>>>; 4] = [
        OptionPattern::Any,
        OptionPattern::None,
        OptionPattern::Some(OptionPattern::None),
        OptionPattern::Some(OptionPattern::Some(Leaf::Any)),
    ];
    options.iter().for_each(survives);
}

#[test]
fn what_has_one_value_and_tuples_are_serdes_own() {
    survives(&<() as Message>::Pattern::any());
    survives(&<PhantomData<Local> as Message>::Pattern::any());
    survives(&(Leaf::Exactly(1_u8), Leaf::<String>::Any, ()));
}

#[test]
fn a_generic_types_patterns_travel_where_its_parts_do() {
    survives(&topic!(Envelope::<String> { to: Some("a".into()), .. }));
    survives(&topic!(Envelope::<(u8, bool)> { from: (1, (_, true)), .. }));
    survives(&topic!(Opaque::<Local>(7, _)));
    for pattern in [
        topic!(Either::<u8, Option<f64>>::Left { of: 3 }),
        topic!(Either::<u8, Option<f64>>::Right(Some(0.5))),
        topic!(Either::<u8, Option<f64>>::Neither),
        EitherPattern::any(),
    ] {
        survives(&pattern);
    }
}

#[test]
fn a_skipped_part_takes_no_place_in_the_pattern() {
    let pattern = PacketPattern::any();
    let text = serde_json::to_value(&pattern).expect("it can be written as text");
    let fields: Vec<&String> = text.as_object().into_iter().flat_map(|fields| fields.keys()).collect();
    assert_eq!(fields, ["route"]);
    assert_eq!(postcard::to_allocvec(&OpaquePattern::<Local>::any()).expect("bytes").len(), 1);
}

#[test]
fn what_is_no_pattern_of_the_type_is_an_error() {
    assert!(serde_json::from_str::<PacketPattern>("{}").is_err());
    assert!(serde_json::from_str::<EitherPattern<u8, u8>>(r#""Both""#).is_err());
    let too_many_bits = serde_json::to_string(&FloatLeaf::Exactly(1.0_f64)).expect("text");
    let error = serde_json::from_str::<FloatLeaf<f32>>(&too_many_bits).expect_err("an f32 has 32 bits");
    assert!(error.to_string().contains("bits"), "{error}");
}
