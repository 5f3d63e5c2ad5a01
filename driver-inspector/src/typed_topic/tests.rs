//! What is said of a topic that was typed.

use marketplace_core::{EndpointId, EventKinds, Interest, Message, Pattern, Role, topic};

use super::{TypedCandidate, explanation};
use crate::endpoint::KnownEndpoint;
use crate::frame::{Explanation, Relation};

#[derive(Debug, Message)]
struct Said {
    room: String,
    text: String,
}

#[derive(Debug, Message)]
struct Packet {
    destination: Address,
    length: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Message)]
enum Address {
    Listener { port: u16 },
    Handle(u8, bool),
}

fn endpoint(role: Role) -> KnownEndpoint {
    KnownEndpoint { id: EndpointId(1), name: "ears".into(), role, kinds: EventKinds::ALL, is_meta: false }
}

fn hears<P: Pattern<Value: Message<Pattern = P>>>(topic: P) -> KnownEndpoint {
    endpoint(Role::subscriber(topic))
}

/// What is said of endpoints in the VM 1, and the differences that are named.
fn ask(text: &str, endpoints: &[KnownEndpoint]) -> anyhow::Result<Explanation> {
    let candidates = endpoints.iter().zip(10..);
    let candidates = candidates.map(|(endpoint, process)| TypedCandidate {
        process,
        process_name: "server",
        vm: 1,
        endpoint,
    });
    explanation(text, 1, "ground", candidates)
}

fn says(text: &str, endpoints: &[KnownEndpoint]) -> Vec<String> {
    match ask(text, endpoints) {
        Ok(explanation) => explanation.endpoints.iter().map(|it| it.says.clone()).collect(),
        Err(error) => vec![format!("{error:#}")],
    }
}

#[test]
fn who_hears_it_is_named_whether_parts_are_written_or_not() {
    let lobby = [hears(topic!(Said { room: "lobby".into(), .. }))];
    for text in [
        "Said { room: \"lobby\", .. }",
        "chat::Said { room: \"lobby\".into(), text: \"hello\" }",
        "Said { text: _, room: _ }",
        "Said { .. }",
        "Said",
    ] {
        let explanation = ask(text, &lobby).expect("it can be read");
        assert!(explanation.is_matched && explanation.is_typed, "{text}");
        assert_eq!(explanation.endpoints[0].relation, Relation::Receives, "{text}");
        assert_eq!(explanation.endpoints[0].process, Some(10));
    }
}

#[test]
fn the_first_part_that_differs_is_named_by_its_fields() {
    let server = [hears(topic!(Packet { destination: Address::Listener { port: 6000 }, .. }))];
    assert_eq!(
        says("Packet { destination: Address::Listener { port: 5999 }, length: _ }", &server),
        ["does not match: destination.port: 5999 is not 6000"]
    );
    assert_eq!(
        says("Packet { destination: Address::Handle(_, _), .. }", &server),
        ["does not match: destination: Handle is not Listener"]
    );
    let handle = [hears(topic!(Packet { destination: Address::Handle(7, _), .. }))];
    assert_eq!(
        says("Packet { destination: Address::Handle(8, ..), .. }", &handle),
        ["does not match: destination.0: 8 is not 7"]
    );
}

#[test]
fn a_field_that_there_is_not_is_named() {
    let lobby = [hears(topic!(Said { room: "lobby".into(), .. }))];
    assert_eq!(says("Said { rom: \"lobby\", .. }", &lobby), ["does not match: rom: no such field"]);
}

#[test]
fn the_nearest_come_first_after_those_who_hear_it_and_those_who_speak() {
    let said = |room: &str, text: &str| topic!(Said { room: room.to_owned(), text: text.to_owned() });
    let endpoints = [
        hears(said("kitchen", "bye")),
        hears(said("kitchen", "hello")),
        hears(said("loby", "hello")),
        endpoint(Role::publisher(said("lobby", "hello"))),
        endpoint(Role::subscriber(said("lobby", "hello")).with_interest(Interest::Observer)),
    ];
    let explanation = ask("Said { room: \"lobby\", text: \"hello\" }", &endpoints).expect("it can be read");
    let order: Vec<_> = explanation.endpoints.iter().map(|it| it.process).collect();
    assert_eq!(order, [Some(14), Some(13), Some(12), Some(11), Some(10)]);
    assert!(!explanation.is_matched, "an observer takes nothing");
}

#[test]
fn an_enum_is_meant_by_its_name_and_by_its_variant_alone() {
    let server = [hears(topic!(Address::Listener { port: 80 }))];
    assert_eq!(says("Address::Listener { port: 80 }", &server), ["receives it"]);
    assert_eq!(says("Listener { port: 80 }", &server), ["receives it"]);
    assert_eq!(says("Address::Listener { port: 81 }", &server), ["does not match: port: 81 is not 80"]);
    let explanation = ask("Address::Listener { port: 80 }", &server).expect("it can be read");
    assert_eq!(explanation.endpoints[0].role, "subscriber(topic!(Address::Listener { port: 80 }))");
}

#[test]
fn an_endpoint_elsewhere_is_said_to_be_there() {
    let lobby = hears(topic!(Said { room: "lobby".into(), .. }));
    let candidate = TypedCandidate { process: 10, process_name: "server", vm: 2, endpoint: &lobby };
    let explanation =
        explanation("Said { .. }", 1, "ground", [candidate].into_iter()).expect("it can be read");
    assert_eq!(explanation.endpoints[0].says, "is in another VM");
    assert!(!explanation.is_matched);
}

#[test]
fn a_type_that_no_endpoint_knows_is_answered_with_the_nearest_names() {
    let lobby = [hears(topic!(Said { .. })), hears(topic!(Address::Handle(_, _)))];
    assert_eq!(
        says("Sayd { .. }", &lobby),
        ["no endpoint has a topic of a type `Sayd`; types with similar names: `Said`, `Address`"]
    );
    assert_eq!(says("Sayd", &[]), ["no endpoint has a topic of a type `Sayd`: there are no endpoints"]);
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    assert_eq!(
        says("Said { room = 1 }", &[]),
        ["the topic cannot be parsed: after \"Said { room \": a `:` is missing after the field's name"]
    );
    assert_eq!(
        says("\"lobby\"", &[]),
        ["a topic must begin with the name of its type, as in `Said { room: \"lobby\", .. }`"]
    );
    assert_eq!(says(&"a".repeat(5000), &[]), ["the topic is longer than 4096 bytes"]);
}

#[test]
fn a_topic_that_is_too_long_to_be_shown_is_compared_as_far_as_it_is() {
    let long = [hears(topic!(Said { room: "lobby".into(), text: "x".repeat(5000) }))];
    assert_eq!(says("Said { room: \"lobby\", text: \"y\" }", &long), ["receives it"]);
    assert_eq!(
        says("Said { room: \"attic\", text: \"y\" }", &long),
        ["does not match: room: \"attic\" is not \"lobby\""]
    );
}

#[test]
fn whatever_is_typed_is_answered() {
    let lobby = [hears(topic!(Said { room: "lobby".into(), .. }))];
    let pieces =
        ["Said", "{", "}", "(", ")", "..", ",", ":", "\"", "\\", "room", "_", "1", "[", "é", "'", "::", " "];
    let mut seed = 1_u64;
    for _ in 0..20_000 {
        let text: String = (0..8)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                pieces[(seed >> 33) as usize % pieces.len()]
            })
            .collect();
        drop(ask(&text, &lobby));
    }
}
