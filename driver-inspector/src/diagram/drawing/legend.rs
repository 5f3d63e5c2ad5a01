//! The legend.

use super::place::MARGIN;
use crate::svg::{Anchor, Pen};

pub(super) fn draw(pen: &mut Pen) {
    let y = 72.0;
    let mut x = MARGIN;
    let mut entry = |pen: &mut Pen, class: &str, text: &str| {
        match class {
            "bar" => pen.rectangle("bar", [x + 10.0, y - 8.0], 4.0, 16.0),
            "failed" => pen.cross("failed", [x + 12.0, y]),
            "ended" => pen.line("ended", [x + 4.0, y], [x + 20.0, y]),
            class => pen.line(class, [x, y], [x + 24.0, y]),
        }
        pen.text("quiet", Anchor::Start, [x + 30.0, y + 4.0], 200.0, text);
        x += 48.0 + 6.0 * text.len() as f64;
    };
    entry(pen, "line", "message");
    entry(pen, "back-line", "feedback");
    entry(pen, "lost", "dropped");
    entry(pen, "bar", "presence of a peer");
    entry(pen, "ended", "left");
    entry(pen, "failed", "failed");
}
