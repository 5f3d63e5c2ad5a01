//! What a diagram shows, read as XML.

use std::sync::Arc;

use roxmltree::{Document, Node};

use super::diagram;
use crate::frame::{Record, What};

/// A record of this process.
fn record(number: u64, what: What, process: u64, name: &str) -> Record {
    Record {
        number,
        time: 1.0 + number as f64 * 0.0105,
        what,
        process,
        process_name: name.into(),
        ..Record::default()
    }
}

fn said(record: Record, text: &str) -> Record {
    let name = text.split([' ', '(']).next();
    let (message, message_type) = (Some(record.number), name.map(Into::into));
    Record { message, message_type, text: Some(text.into()), ..record }
}

fn from(record: Record, peer: u64, name: &str) -> Record {
    Record { peer: Some(peer), peer_name: Some(name.into()), ..record }
}

fn endpoints(record: Record, own: u64, peer: u64) -> Record {
    let text = Some("Said { room: \"lobby\", .. }".into());
    Record {
        endpoint: Some(own),
        peer_endpoint: Some(peer),
        message_type: Some("Said".into()),
        text,
        ..record
    }
}

fn because(record: Record, reason: &str) -> Record {
    Record { reason: Some(reason.into()), ..record }
}

fn drawn(records: Vec<Record>) -> String {
    diagram(&records.into_iter().map(Arc::new).collect::<Vec<_>>(), "chat")
}

/// A chat with a message, a message that is dropped, and a process that fails.
fn chat() -> Vec<Record> {
    let hello = "Said { room: \"lobby\", text: \"hello & <good> morning\" }";
    let deliver = |number, to, name: &str| Record {
        message: Some(5),
        ..said(from(record(number, What::Delivered, to, name), 2, "ann"), hello)
    };
    vec![
        record(1, What::Started, 2, "ann"),
        record(2, What::Started, 3, "bob"),
        endpoints(from(record(3, What::Presence, 2, "ann"), 3, "bob"), 1, 2),
        endpoints(from(record(4, What::Presence, 1, "room"), 2, "ann"), 3, 1),
        said(record(5, What::Sent, 2, "ann"), hello),
        deliver(6, 1, "room"),
        deliver(7, 3, "bob"),
        Record {
            is_feedback: true,
            ..said(from(record(8, What::Delivered, 2, "ann"), 3, "bob"), "Credit { bytes: 65536 }")
        },
        said(record(9, What::Sent, 3, "bob"), "Typing { who: \"bob\" }"),
        Record {
            message: Some(9),
            ..because(said(record(10, What::Dropped, 3, "bob"), "Typing { who: \"bob\" }"), "nobody takes it")
        },
        said(from(record(11, What::Delivered, 1, "room"), 1, "room"), "Tick(1)"),
        because(record(12, What::Failed, 3, "bob"), "connection reset by peer (os error 104)"),
        because(
            endpoints(from(record(13, What::Absence, 2, "ann"), 3, "bob"), 1, 2),
            "connection reset by peer",
        ),
        record(14, What::Left, 2, "ann"),
        endpoints(from(record(15, What::Absence, 1, "room"), 2, "ann"), 3, 1),
    ]
}

fn count(document: &Document<'_>, class: &str) -> usize {
    document.descendants().filter(|node| is(node, class)).count()
}

fn is(node: &Node<'_, '_>, class: &str) -> bool {
    node.attribute("class") == Some(class)
}

fn number(node: &Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).and_then(|number| number.parse().ok()).expect("a number")
}

/// The texts that begin with this.
fn texts<'a>(document: &'a Document<'_>, begin: &str) -> Vec<&'a str> {
    let texts =
        document.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text());
    texts.filter(|text| text.starts_with(begin)).collect()
}

#[test]
fn a_chat_is_drawn_with_all_that_happened() {
    let svg = drawn(chat());
    let document = Document::parse(&svg).expect("it is well-formed");
    // Besides the legend: a line for each side of a message, and an arrow head for each receiver.
    assert_eq!(count(&document, "line"), 1 + 2 - 1 + 1);
    assert_eq!(count(&document, "head-of"), 2 + 1);
    assert_eq!(count(&document, "head-of back"), 1);
    assert_eq!(count(&document, "bar"), 1 + 2);
    assert_eq!(count(&document, "lost"), 1 + 1);
    // A failure and a dropped message.
    assert_eq!(count(&document, "failed"), 1 + 2);
    assert_eq!(texts(&document, "has failed:"), ["has failed: connection reset by peer (os error 104)"]);
    assert_eq!(texts(&document, "Typing"), ["Typing { who: \"bob\" } is dropped: nobody takes it"]);
    assert_eq!(texts(&document, "15 records"), ["15 records of 3 processes, from 1.010 s to 1.157 s."]);
}

#[test]
fn whatever_is_in_a_text_the_drawing_is_well_formed() {
    let odd = "]]><script>&amp;\u{0}\u{1b}\u{fffe}\u{200f}\"'--\u{1f600}\r\n\t";
    let mut record = because(said(record(1, What::Failed, 1, odd), odd), odd);
    record.peer_name = Some(odd.into());
    for what in [What::Failed, What::Sent, What::Presence, What::Dropped, What::Added, What::Restarted] {
        record.what = what;
        let svg = diagram(&[Arc::new(record.clone())], odd);
        let document = Document::parse(&svg).expect("it is well-formed");
        assert!(document.descendants().all(|node| !node.has_tag_name("script")));
    }
}

#[test]
fn a_life_begins_and_ends_where_it_was_recorded() {
    let svg = drawn(vec![
        record(1, What::Added, 1, "old"),
        record(2, What::Started, 2, "new"),
        record(3, What::Left, 2, "new"),
        record(4, What::Added, 1, "old"),
    ]);
    let document = Document::parse(&svg).expect("it is well-formed");
    let lives: Vec<f64> = document
        .descendants()
        .filter(|node| is(node, "life"))
        .map(|node| number(&node, "y2") - number(&node, "y1"))
        .collect();
    assert_eq!(lives.len(), 2);
    assert!(lives[1] < lives[0] / 2.0, "{lives:?}");
    assert_eq!(count(&document, "life before"), 1);
}

#[test]
fn a_presence_that_does_not_end_here_goes_on() {
    let svg = drawn(vec![endpoints(from(record(1, What::Presence, 1, "room"), 2, "ann"), 1, 2)]);
    let document = Document::parse(&svg).expect("it is well-formed");
    assert_eq!(count(&document, "bar-open"), 1);
    assert_eq!(texts(&document, "ann is present"), ["ann is present: Said { room: \"lobby\", .. }"]);
}

#[test]
fn presences_at_the_same_time_are_side_by_side() {
    let presence =
        |number, peer| endpoints(from(record(number, What::Presence, 1, "room"), peer, "ann"), 1, peer);
    let absence =
        |number, peer| endpoints(from(record(number, What::Absence, 1, "room"), peer, "ann"), 1, peer);
    let svg = drawn(vec![
        presence(1, 2),
        presence(2, 3),
        absence(3, 2),
        absence(4, 3),
        presence(5, 4),
        absence(6, 4),
    ]);
    let document = Document::parse(&svg).expect("it is well-formed");
    let bars: Vec<f64> = document
        .descendants()
        .filter(|node| is(node, "bar") && number(node, "y") > 100.0)
        .map(|node| number(&node, "x"))
        .collect();
    assert!(bars.len() == 3 && bars[0] < bars[1] && (bars[0] - bars[2]).abs() < 0.1, "{bars:?}");
}

#[test]
fn of_very_many_records_the_last_are_drawn_and_of_very_many_processes_the_first() {
    let records = (0..2500).map(|number| record(number, What::Started, number % 100, "worker")).collect();
    let svg = drawn(records);
    let document = Document::parse(&svg).expect("it is well-formed");
    let summary = texts(&document, "2000 records");
    assert!(summary[0].ends_with("500 earlier ones are left out."), "{summary:?}");
    assert_eq!(texts(&document, "60 others").len(), 2, "above and below");
    assert_eq!(texts(&document, "#").len(), 80);
}

#[test]
fn nothing_at_all_is_a_drawing_too() {
    let svg = drawn(Vec::new());
    let document = Document::parse(&svg).expect("it is well-formed");
    assert_eq!(texts(&document, "Nothing"), ["Nothing has been recorded."]);
}
