//! The drawing: heads, lifelines, bars of presence, and the rows.

use super::bar::Bar;
use super::lane::Lanes;
use super::legend;
use super::place::{HEAD_HEIGHT, MARGIN, Place};
use super::row::{Kind, Process, Row, Rows};
use crate::frame::Number;
use crate::svg::{self, Anchor, Pen, text_width};

/// The distance between two bars, and the most bars side by side.
const BAR: f64 = 6.0;
const SLOTS: usize = 4;
/// The width of an arrow from a process to itself, and of one for a dropped message.
const LOOP: f64 = 26.0;
const LOST: f64 = 40.0;

pub(super) fn draw(
    title: &str,
    rows: &Rows,
    lanes: &Lanes<'_>,
    vm_name: &dyn Fn(Number) -> String,
) -> String {
    let place = Place::new(lanes.len(), &rows.rows);
    let mut pen = Pen::default();
    svg::begin(&mut pen, title, place.width(), place.height());
    for at in 0..lanes.len() {
        life(&mut pen, &place, rows, lanes.lanes.get(at).copied(), place.x(at));
    }
    bars(&mut pen, &place, lanes, &rows.bars.bars);
    for (at, row) in rows.rows.iter().enumerate() {
        Arrow { place: &place, lanes, y: place.y(at), row }.draw(&mut pen);
    }
    for (at, process) in lanes.lanes.iter().enumerate() {
        let name = if process.name.is_empty() { "process" } else { &process.name };
        head(&mut pen, &place, at, name, &format!("in {}", vm_name(process.vm)));
    }
    if lanes.others > 0 {
        head(&mut pen, &place, lanes.lanes.len(), &format!("{} others", lanes.others), "");
    }
    legend::draw(&mut pen, &place, rows);
    svg::end(pen)
}

fn life(pen: &mut Pen, place: &Place, rows: &Rows, process: Option<&Process>, x: f64) {
    let (top, bottom) = (Place::top() + HEAD_HEIGHT, place.bottom());
    let begin = process.and_then(|process| process.start).map_or(top, |row| place.y(row));
    let end = process.and_then(|process| process.end).map_or(bottom, |row| place.y(row));
    if begin > top {
        pen.line("life before", [x, top], [x, begin]);
    }
    pen.line("life", [x, begin], [x, end.max(begin)]);
    // Its endpoints at the meta level are deleted after it has left.
    let is_last = |row: &Row| process.is_some_and(|process| row.is_about(process.number));
    let last = rows.rows.iter().rposition(is_last).map_or(end, |row| place.y(row));
    if last > end {
        pen.line("life before", [x, end], [x, last]);
    }
}

/// Bars of one lane are side by side where they overlap.
fn bars(pen: &mut Pen, place: &Place, lanes: &Lanes<'_>, bars: &[Bar]) {
    let mut ends: Vec<[f64; SLOTS]> = vec![[0.0; SLOTS]; lanes.len()];
    for bar in bars {
        let lane = lanes.of(bar.process);
        let (top, bottom) = (place.y(bar.from), bar.to.map_or(place.bottom(), |row| place.y(row)));
        let slot = ends[lane].iter().position(|end| *end < top).unwrap_or(SLOTS - 1);
        ends[lane][slot] = bottom;
        let x = place.x(lane) - 2.0 + slot as f64 * BAR;
        pen.rectangle("bar", [x, top], 4.0, (bottom - top).max(2.0));
    }
}

fn head(pen: &mut Pen, place: &Place, at: usize, name: &str, below: &str) {
    let (x, y, width) = (place.x(at), Place::top(), place.head());
    pen.rectangle("head", [x - width / 2.0, y], width, HEAD_HEIGHT);
    pen.text("name", Anchor::Middle, [x, y + 18.0], width - 8.0, name);
    pen.text("quiet", Anchor::Middle, [x, y + 33.0], width - 8.0, below);
}

/// A row, at its height.
struct Arrow<'a> {
    place: &'a Place,
    lanes: &'a Lanes<'a>,
    y: f64,
    row: &'a Row,
}

impl Arrow<'_> {
    fn draw(&self, pen: &mut Pen) {
        match self.row.kind {
            Kind::Message => self.to_all(pen, "line", "head-of"),
            Kind::Feedback => self.to_all(pen, "back-line", "head-of back"),
            Kind::Presence => self.to_all(pen, "presence", "head-of present"),
            Kind::Absence => self.to_all(pen, "absence", "head-of absent"),
            Kind::Start => self.to_all(pen, "start", "head-of started"),
            Kind::Dropped => self.lost(pen),
            Kind::End | Kind::Failure | Kind::Restart => self.mark(pen),
        }
    }

    fn x(&self, process: Number) -> f64 {
        self.place.x(self.lanes.of(process))
    }

    /// An arrow to each process that is told or receives the message.
    fn to_all(&self, pen: &mut Pen, line: &str, arrow: &str) {
        let Some(from) = self.row.from.map(|from| self.x(from)) else { return self.mark(pen) };
        let ends: Vec<f64> = self.row.to.iter().map(|to| self.x(*to)).collect();
        let others: Vec<f64> = ends.iter().copied().filter(|end| *end != from).collect();
        let left = others.iter().copied().fold(from, f64::min);
        let right = others.iter().copied().fold(from, f64::max);
        if left < right {
            pen.line(line, [left, self.y], [right, self.y]);
        }
        for end in &others {
            head_of(pen, arrow, [from, *end], self.y);
        }
        if self.row.is_mutual {
            others.iter().for_each(|end| head_of(pen, arrow, [*end, from], self.y));
        }
        if others.len() < ends.len() {
            // On the side where there is no other arrow.
            let reach = if right > from { from - LOOP } else { from + LOOP };
            let (top, bottom) = (self.y - 7.0, self.y + 7.0);
            pen.path(line, &format!("M{from} {top}H{reach}V{bottom}H{from}"));
            head_of(pen, arrow, [reach, from], bottom);
        }
        // In the first gap on the way, where no lifeline crosses the text.
        let gap = self.place.gap() / 2.0;
        self.words(pen, if right > from || others.is_empty() { from + gap } else { from - gap });
    }

    /// A message that is dropped.
    fn lost(&self, pen: &mut Pen) {
        let Some(from) = self.row.from.map(|from| self.x(from)) else { return };
        let end = if from > self.place.width() / 2.0 { from - LOST } else { from + LOST };
        pen.line("lost", [from, self.y], [end, self.y]);
        pen.cross("failed", [end, self.y]);
        self.words(pen, (from + end) / 2.0);
    }

    /// A mark on the lifeline of the process.
    fn mark(&self, pen: &mut Pen) {
        let Some(x) = self.row.to.first().map(|to| self.x(*to)) else { return };
        match self.row.kind {
            Kind::Failure => pen.cross("failed", [x, self.y]),
            Kind::End => pen.line("ended", [x - 9.0, self.y], [x + 9.0, self.y]),
            _ => pen.dot("point", [x, self.y]),
        }
        let is_left = x > self.place.width() / 2.0;
        self.words(pen, if is_left { x - self.place.gap() / 2.0 } else { x + self.place.gap() / 2.0 });
    }

    /// The title above the arrow, and the detail below it.
    fn words(&self, pen: &mut Pen, middle: f64) {
        self.line_of_words(pen, "said", middle, self.y - 6.0, &self.row.title);
        let is_value = matches!(self.row.kind, Kind::Message | Kind::Feedback);
        let class = if is_value { "said value" } else { "why" };
        self.line_of_words(pen, class, middle, self.y + 14.0, &self.row.detail);
    }

    /// A text centred at a point, but moved if it would leave the picture.
    fn line_of_words(&self, pen: &mut Pen, class: &str, middle: f64, y: f64, text: &str) {
        if text.is_empty() {
            return;
        }
        let room = self.place.width() - 2.0 * MARGIN;
        let half = text_width(text).min(room) / 2.0;
        let x = middle.clamp(MARGIN + half, self.place.width() - MARGIN - half);
        pen.text(class, Anchor::Middle, [x, y], room, text);
    }
}

/// The head of an arrow.
fn head_of(pen: &mut Pen, class: &str, [from, to]: [f64; 2], y: f64) {
    let back = if to > from { to - 8.0 } else { to + 8.0 };
    pen.path(class, &format!("M{back} {}L{to} {y}L{back} {}", y - 4.5, y + 4.5));
}
