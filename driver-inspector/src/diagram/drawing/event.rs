//! The drawing of one step: an arrow, or a mark on a lifeline with a text.

use super::super::lane::Lanes;
use super::super::step::Step;
use super::place::Place;
use crate::frame::{Number, Record, What};
use crate::svg::{Anchor, Pen};

/// The distance of a text from a lifeline and its bars.
const BESIDE: f64 = 14.0;
/// The length of the arrow of a message that is dropped.
const LOST: f64 = 44.0;
/// The distance to the left of the first lane at which an arrow begins if its sender is unknown.
const UNKNOWN: f64 = 60.0;
/// The width of an arrow from a process to itself.
const LOOP: f64 = 30.0;

/// Where lanes and bars are.
pub(super) struct Scene<'a> {
    pub(super) place: Place,
    pub(super) lanes: &'a Lanes,
    /// How much room the bars take beside each lane.
    pub(super) bars: &'a [f64],
}

impl Scene<'_> {
    fn x(&self, process: Number) -> f64 {
        self.place.x(self.lanes.of(process))
    }

    /// Where a text about this process begins.
    fn beside(&self, process: Number) -> f64 {
        let lane = self.lanes.of(process);
        self.place.x(lane) + self.bars.get(lane).copied().unwrap_or(0.0) + BESIDE
    }
}

pub(super) fn draw(pen: &mut Pen, scene: &Scene<'_>, at: usize, step: &Step<'_>) {
    let record = step.first();
    let process = record.party().process;
    let point = [scene.x(process), scene.place.y(at)];
    let note = |pen: &mut Pen, class: &str, text: &str| {
        let x = scene.beside(process);
        pen.text(class, Anchor::Start, [x, point[1] + 4.0], scene.place.room(x), text);
    };
    match record.what {
        What::Sent | What::Delivered | What::Dropped => message(pen, scene, at, step),
        What::Started => {
            pen.dot("point", point);
            note(pen, "said", "starts");
        }
        What::Left => {
            pen.line("ended", [point[0] - 9.0, point[1]], [point[0] + 9.0, point[1]]);
            note(pen, "said", &because("has left", record));
        }
        What::Failed => {
            pen.cross("failed", point);
            note(pen, "why", &because("has failed", record));
        }
        What::Leaving => note(pen, "said", &because("is leaving", record)),
        What::Restarted => {
            pen.dot("point", point);
            note(pen, "said", &because("is restarted", record));
        }
        What::Added => note(pen, "said", &format!("+ {}", about(record))),
        What::Deleted => note(pen, "said", &because(&format!("− {}", about(record)), record)),
        What::Presence => note(pen, "said", &format!("{} is present: {}", peer(record), about(record))),
        What::Absence => {
            let what = format!("{} is absent: {}", peer(record), about(record));
            let class = if is_error(record) { "why" } else { "said" };
            note(pen, class, &because(&what, record));
        }
    }
}

/// A message, from its sender to all receivers in this step.
fn message(pen: &mut Pen, scene: &Scene<'_>, at: usize, step: &Step<'_>) {
    let first = step.first();
    let sender = match first.what {
        What::Delivered => first.peer_party().map(|peer| peer.process),
        _ => Some(first.party().process),
    };
    let y = scene.place.y(at);
    // From the margin, if the sender is unknown.
    let from = sender.map_or(scene.place.x(0) - UNKNOWN, |sender| scene.x(sender));
    let (line, arrow, dot) = match first.is_feedback {
        true => ("back-line", "head-of back", "point-back"),
        false => ("line", "head-of", "point"),
    };
    let receivers = step.records.iter().filter(|record| record.what == What::Delivered);
    let mut ends = [from, from];
    for to in receivers.map(|record| scene.x(record.party().process)) {
        if to == from {
            itself(pen, line, arrow, [from, y]);
        } else {
            head(pen, arrow, [from, to], y);
        }
        ends = [ends[0].min(to), ends[1].max(to)];
    }
    for end in ends.into_iter().filter(|end| *end != from) {
        pen.line(line, [from, y], [end, y]);
    }
    pen.dot(dot, [from, y]);
    let label = said(first);
    match step.records.iter().find(|record| record.what == What::Dropped) {
        Some(dropped) => lost(pen, &scene.place, [from, y], &label, dropped),
        None if ends == [from, from] => {
            let beside = sender.map_or(from + BESIDE, |sender| scene.beside(sender));
            // To the right of an arrow to itself, if there is one.
            let x = beside.max(from + LOOP + BESIDE);
            pen.text("said", Anchor::Start, [x, y + 4.0], scene.place.room(x), &label);
        }
        None => name(pen, from, ends, y, &label),
    }
}

/// The label of an arrow: above it, beginning at the sender.
fn name(pen: &mut Pen, from: f64, [left, right]: [f64; 2], y: f64, label: &str) {
    let (anchor, x, length) = match right > from {
        true => (Anchor::Start, from + BESIDE, right - from),
        false => (Anchor::End, from - BESIDE, from - left),
    };
    pen.text("said", anchor, [x, y - 5.0], (length - 1.5 * BESIDE).max(120.0), label);
}

/// A message that is dropped: its arrow ends beside its sender.
fn lost(pen: &mut Pen, place: &Place, [x, y]: [f64; 2], label: &str, dropped: &Record) {
    let end = x + LOST;
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
    let (right, top, bottom) = (x + LOOP, y - 7.0, y + 7.0);
    pen.path(line, &format!("M{x} {top}H{right}V{bottom}H{x}"));
    head(pen, arrow, [right, x], bottom);
}

/// A message as text: its type, and its value if that is shown.
fn said(record: &Record) -> String {
    let name = record.message_type.as_deref().unwrap_or("message");
    match record.text.as_deref() {
        None | Some("") => name.to_owned(),
        Some(text) if text.starts_with(name) => text.to_owned(),
        Some(text) => format!("{name}: {text}"),
    }
}

/// The topic of an endpoint or a presence.
fn about(record: &Record) -> &str {
    let message_type = record.message_type.as_deref();
    record.text.as_deref().filter(|text| !text.is_empty()).or(message_type).unwrap_or("an endpoint")
}

fn peer(record: &Record) -> String {
    match record.peer_party() {
        Some(peer) if !peer.name.is_empty() => peer.name.to_owned(),
        Some(peer) => format!("#{}", peer.process),
        None => "a peer".to_owned(),
    }
}

fn because(what: &str, record: &Record) -> String {
    match record.reason.as_deref() {
        None | Some("") => what.to_owned(),
        Some(reason) => format!("{what}: {reason}"),
    }
}

/// Whether a reason is an error.
fn is_error(record: &Record) -> bool {
    record.reason.as_deref().is_some_and(|reason| !reason.is_empty() && reason != "normal")
}
