//! One step: an arrow, or a mark on the line of a process and what is to be said of it.

use super::super::lane::Lanes;
use super::super::pen::{Anchor, Pen};
use super::super::step::Step;
use super::place::Place;
use crate::frame::{Record, What};

/// How far from its line a mark's text begins, and an arrow's.
const BESIDE: f64 = 14.0;
/// Behind the bars of presence.
const BEHIND_BARS: f64 = 46.0;

pub(super) fn draw(pen: &mut Pen, place: &Place, lanes: &Lanes, at: usize, step: &Step<'_>) {
    let record = step.first();
    let point = [place.x(lanes.of(record.process)), place.y(at)];
    match record.what {
        What::Sent | What::Delivered | What::Dropped => message(pen, place, lanes, at, step),
        What::Started => {
            pen.dot("point", point);
            note(pen, place, point, "said", "starts");
        }
        What::Left => {
            pen.line("ended", [point[0] - 9.0, point[1]], [point[0] + 9.0, point[1]]);
            note(pen, place, point, "said", &because("left", record));
        }
        What::Failed => {
            pen.cross("failed", point);
            note(pen, place, point, "why", &because("failed", record));
        }
        What::Leaving => note(pen, place, point, "said", &because("is leaving", record)),
        What::Restarted => {
            pen.dot("point", point);
            note(pen, place, point, "said", &because("is made again", record));
        }
        What::Added => note(pen, place, point, "said", &format!("+ {}", about(record))),
        What::Deleted => note(pen, place, point, "said", &because(&format!("− {}", about(record)), record)),
        What::Presence => {
            note(pen, place, point, "said", &format!("{} is there: {}", peer(record), about(record)))
        }
        What::Absence => {
            let what = format!("{} is gone: {}", peer(record), about(record));
            let class = if is_error(record) { "why" } else { "said" };
            note(pen, place, point, class, &because(&what, record));
        }
    }
}

/// A text beside a line of life.
fn note(pen: &mut Pen, place: &Place, [x, y]: [f64; 2], class: &str, text: &str) {
    let x = x + BEHIND_BARS;
    pen.text(class, Anchor::Start, [x, y + 4.0], place.room(x), text);
}

/// A message, from its sender to all who get it in this step.
fn message(pen: &mut Pen, place: &Place, lanes: &Lanes, at: usize, step: &Step<'_>) {
    let first = step.first();
    let sender = match first.what {
        What::Delivered => first.peer,
        _ => Some(first.process),
    };
    let y = place.y(at);
    // From the margin, if it is not known who has sent it.
    let from = sender.map_or(place.x(0) - 60.0, |sender| place.x(lanes.of(sender)));
    let is_feedback = first.is_feedback;
    let (line, arrow, dot) =
        if is_feedback { ("back-line", "head-of back", "point-back") } else { ("line", "head-of", "point") };
    let mut furthest = [from, from];
    for record in step.records.iter().filter(|record| record.what == What::Delivered) {
        let to = place.x(lanes.of(record.process));
        if to == from {
            itself(pen, line, arrow, [from, y]);
        } else {
            head(pen, arrow, [from, to], y);
        }
        furthest = [furthest[0].min(to), furthest[1].max(to)];
    }
    for end in furthest.into_iter().filter(|end| *end != from) {
        pen.line(line, [from, y], [end, y]);
    }
    pen.dot(dot, [from, y]);
    let dropped = step.records.iter().find(|record| record.what == What::Dropped);
    let label = said(first);
    match dropped {
        Some(dropped) => lost(pen, place, [from, y], &label, dropped),
        None => name(pen, place, from, furthest, y, &label),
    }
}

/// The label of an arrow: above it, from its sender on.
fn name(pen: &mut Pen, place: &Place, from: f64, [left, right]: [f64; 2], y: f64, label: &str) {
    let (is_left, is_right) = (left < from, right > from);
    if is_left && !is_right {
        let room = (from - left - 2.0 * BESIDE).max(120.0);
        pen.text("said", Anchor::End, [from - BESIDE, y - 5.0], room, label);
    } else if is_right {
        // Behind the bars of presence there.
        let room = (right - from - 2.0 * BESIDE).max(120.0);
        pen.text("said", Anchor::Start, [from + BESIDE, y - 5.0], room, label);
    } else {
        let x = from + BEHIND_BARS;
        pen.text("said", Anchor::Start, [x, y + 4.0], place.room(x), label);
    }
}

/// A message that nobody takes: it ends beside its sender.
fn lost(pen: &mut Pen, place: &Place, [x, y]: [f64; 2], label: &str, dropped: &Record) {
    let end = x + BEHIND_BARS;
    pen.line("lost", [x, y], [end, y]);
    pen.cross("failed", [end + 6.0, y]);
    let text = because(&format!("{label} is dropped"), dropped);
    pen.text("why", Anchor::Start, [end + 20.0, y + 4.0], place.room(end + 20.0), &text);
}

/// The head of an arrow.
fn head(pen: &mut Pen, class: &str, [from, to]: [f64; 2], y: f64) {
    let back = if to > from { to - 8.0 } else { to + 8.0 };
    pen.path(class, &format!("M{back} {}L{to} {y}L{back} {}", y - 4.5, y + 4.5));
}

/// An arrow from a process to itself.
fn itself(pen: &mut Pen, line: &str, arrow: &str, [x, y]: [f64; 2]) {
    let (right, top, bottom) = (x + 30.0, y - 7.0, y + 7.0);
    pen.path(line, &format!("M{x} {top}H{right}V{bottom}H{x}"));
    head(pen, arrow, [right, x], bottom);
}

/// A message in words: its value, if it is shown, and its type in any case.
fn said(record: &Record) -> String {
    let name = record.message_type.as_deref().unwrap_or("message");
    match record.text.as_deref() {
        None | Some("") => name.to_owned(),
        Some(text) if text.starts_with(name) => text.to_owned(),
        Some(text) => format!("{name}: {text}"),
    }
}

/// What an endpoint or a presence is about.
fn about(record: &Record) -> &str {
    let message_type = record.message_type.as_deref();
    record.text.as_deref().filter(|text| !text.is_empty()).or(message_type).unwrap_or("an endpoint")
}

fn peer(record: &Record) -> String {
    match (record.peer_name.as_deref(), record.peer) {
        (Some(name), _) if !name.is_empty() => name.to_owned(),
        (_, Some(number)) => format!("#{number}"),
        _ => "a peer".to_owned(),
    }
}

fn because(what: &str, record: &Record) -> String {
    match record.reason.as_deref() {
        None | Some("") => what.to_owned(),
        Some(reason) => format!("{what}: {reason}"),
    }
}

/// Whether a reason says more than that all is in order.
fn is_error(record: &Record) -> bool {
    record.reason.as_deref().is_some_and(|reason| !reason.is_empty() && reason != "normal")
}
