//! What a short diagram shows, read as XML.

use std::sync::Arc;

use roxmltree::{Document, Node};

use super::brief;
use crate::frame::{Inner, Number, Record, What};

/// A record of this process, in the VM 1.
fn record(what: What, process: Number, name: &str) -> Record {
    Record { what, vm: 1, process, process_name: name.into(), is_handled: true, ..Record::default() }
}

fn by(record: Record, peer: Number, name: &str) -> Record {
    let (peer, peer_name) = (Some(peer), Some(name.into()));
    Record { peer, peer_name, message_type: Some("Said".into()), ..record }
}

fn between(record: Record, own: u64, peer: u64) -> Record {
    Record { endpoint: Some(own), peer_endpoint: Some(peer), ..record }
}

fn because(record: Record, reason: &str) -> Record {
    Record { reason: Some(reason.into()), ..record }
}

fn drawn(records: Vec<Record>) -> String {
    let records: Vec<_> = records.into_iter().map(Arc::new).collect();
    brief(&records, "chat", "hello", &|vm| format!("VM {vm}"))
}

fn texts(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).expect("it is well-formed");
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    texts.map(|node| node.text().unwrap_or_default().to_owned()).collect()
}

/// Those of the elements of a class, by one of their attributes.
fn numbers(svg: &str, class: &str, name: &str) -> Vec<f64> {
    let document = Document::parse(svg).expect("it is well-formed");
    let is_it = |node: &Node<'_, '_>| node.attribute("class") == Some(class);
    let found = document.descendants().filter(is_it);
    found.filter_map(|node| node.attribute(name)?.parse().ok()).collect()
}

#[test]
fn each_is_told_of_the_other_in_one_row_however_many_endpoints_they_have() {
    let ann = |own, peer| between(by(record(What::Presence, 2, "ann"), 3, "bob"), own, peer);
    let bob = |own, peer| between(by(record(What::Presence, 3, "bob"), 2, "ann"), own, peer);
    let svg = drawn(vec![ann(1, 2), bob(2, 1), ann(3, 4), bob(4, 3)]);
    let expected =
        ["presence: Said", "ann", "in VM 1", "bob", "in VM 1", "presence", "knows that a peer is present"];
    assert_eq!(texts(&svg), expected);
    assert_eq!(numbers(&svg, "presence", "x1").len(), 2, "the arrow, and its meaning");
}

#[test]
fn a_bar_ends_with_the_last_of_the_endpoints_by_which_one_is_told() {
    let ann = |what, own, peer| between(by(record(what, 2, "ann"), 3, "bob"), own, peer);
    let bob = record(What::Left, 3, "bob");
    let deleted = Record { is_handled: false, ..ann(What::Absence, 1, 2) };
    let svg = drawn(vec![
        ann(What::Presence, 1, 2),
        ann(What::Presence, 3, 4),
        deleted,
        bob,
        because(ann(What::Absence, 3, 4), "gone for lunch (os error 7)"),
    ]);
    let (tops, heights) = (numbers(&svg, "bar", "y"), numbers(&svg, "bar", "height"));
    let (began, ended) = (numbers(&svg, "presence", "y1")[0], numbers(&svg, "absence", "y1")[0]);
    assert_eq!((tops[0], tops[0] + heights[0]), (began, ended));
    assert_eq!(texts(&svg)[..4], ["presence: Said", "ends", "absence: Said", "gone for lunch"]);
}

#[test]
fn what_nobody_is_told_is_left_out() {
    let presence = by(record(What::Presence, 2, "ann"), 3, "bob");
    let svg = drawn(vec![
        Record { is_handled: false, ..presence },
        by(record(What::Presence, 2, "ann"), 2, "ann"),
        record(What::Added, 2, "ann"),
        record(What::Deleted, 2, "ann"),
        record(What::Leaving, 2, "ann"),
        because(record(What::Failed, 2, "ann"), "out of paper"),
        because(record(What::Left, 2, "ann"), "out of paper"),
        by(record(What::Absence, 2, "ann"), 3, "bob"),
    ]);
    assert_eq!(texts(&svg), ["fails", "out of paper", "ann", "in VM 1", "failure"]);
}

#[test]
fn a_message_goes_from_the_process_inside_to_all_who_receive_it_with_the_string_that_is_looked_for() {
    let said = |process, name| Record {
        message: Some(7),
        text: Some("Said { room: \"lobby\", text: \"hello\" }".into()),
        peer_inner: Some(Inner { process: 9, name: "ann".into() }),
        ..by(record(What::Delivered, process, name), 2, "room")
    };
    let svg = drawn(vec![by(record(What::Sent, 2, "room"), 2, "room"), said(3, "bob"), said(4, "eve")]);
    let expected = ["Said", "\"hello\"", "bob", "in VM 1", "eve", "in VM 1", "ann", "in VM 2", "message"];
    assert_eq!(texts(&svg), expected);
    let dropped =
        because(Record { message: Some(8), ..by(record(What::Dropped, 3, "bob"), 3, "bob") }, "nobody");
    assert_eq!(texts(&drawn(vec![dropped]))[..2], ["Said", "nobody"]);
}

#[test]
fn whatever_there_is_in_a_recording_the_picture_is_bounded_and_well_formed() {
    let odd = "]]><script>&amp;\u{0}\u{fffe}\"'\r\n";
    let records = (0..500).map(|number| {
        let all =
            [What::Delivered, What::Presence, What::Absence, What::Started, What::Restarted, What::Failed];
        let what = all[number as usize % all.len()];
        because(
            Record { message: Some(number), text: Some(odd.into()), ..by(record(what, number, odd), 3, odd) },
            odd,
        )
    });
    let svg = drawn(records.collect());
    let document = Document::parse(&svg).expect("it is well-formed");
    assert!(document.descendants().all(|node| !node.has_tag_name("script")));
    let width: f64 =
        document.root_element().attribute("width").and_then(|it| it.parse().ok()).expect("a width");
    assert!(width < 2000.0 && svg.len() < 100_000, "{width} {}", svg.len());
    assert!(texts(&svg).iter().any(|text| text.ends_with(" others")));
    Document::parse(&drawn(Vec::new())).expect("it is well-formed");
}
