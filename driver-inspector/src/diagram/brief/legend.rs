//! The legend, with the marks that occur.

use super::place::{MARGIN, Place};
use super::row::{Kind, Rows};
use crate::svg::{Anchor, Pen, text_width};

const ENTRIES: [(&[Kind], &str, &str); 7] = [
    (&[Kind::Start], "start", "starts a process"),
    (&[Kind::Message], "line", "message"),
    (&[Kind::Feedback], "back-line", "feedback"),
    (&[Kind::Dropped], "lost", "dropped message"),
    (&[Kind::Presence], "presence", "presence"),
    (&[Kind::Absence], "absence", "absence"),
    (&[Kind::Failure], "failed", "failure"),
];

pub(super) fn draw(pen: &mut Pen, place: &Place, rows: &Rows) {
    let y = place.height() - 18.0;
    let mut x = MARGIN + 4.0;
    let mut entry = |pen: &mut Pen, class: &str, text: &str| {
        match class {
            "bar" => pen.rectangle("bar", [x + 10.0, y - 8.0], 4.0, 16.0),
            "failed" => pen.cross("failed", [x + 12.0, y]),
            class => pen.line(class, [x, y], [x + 24.0, y]),
        }
        pen.text("quiet", Anchor::Start, [x + 30.0, y + 4.0], text_width(text), text);
        x += 44.0 + text_width(text);
    };
    for (kinds, class, text) in ENTRIES {
        if rows.rows.iter().any(|row| kinds.contains(&row.kind)) {
            entry(pen, class, text);
        }
    }
    if !rows.bars.bars.is_empty() {
        entry(pen, "bar", "knows that a peer is present");
    }
}
