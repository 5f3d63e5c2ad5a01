//! The drawing: title, legend, heads, lifelines, bars and steps.

mod event;
mod legend;
mod place;

use super::bar::Bar;
use super::lane::{Lane, Lanes};
use super::step::Step;
use crate::svg::{self, Anchor, Pen};
use event::Scene;
use place::{HEAD, HEAD_HEIGHT, Place};

/// From one bar to the next.
const BAR: f64 = 6.0;

pub(super) fn draw(title: &str, steps: &[Step<'_>], lanes: &Lanes, bars: &[Bar], left_out: usize) -> String {
    let place = Place { lanes: lanes.lanes.len(), steps: steps.len() };
    let mut pen = Pen::default();
    svg::begin(&mut pen, title, place.width(), place.height());
    pen.text("title", Anchor::Start, [place::MARGIN, 30.0], place.width() * 0.65, title);
    pen.text("quiet", Anchor::Start, [place::MARGIN, 50.0], place.width(), &summary(steps, lanes, left_out));
    legend::draw(&mut pen);
    stripes(&mut pen, &place);
    for (at, lane) in lanes.lanes.iter().enumerate() {
        life(&mut pen, &place, at, lane);
    }
    bars.iter().for_each(|bar| draw_bar(&mut pen, &place, *bar));
    let widths = widths(bars, lanes);
    let mut last = String::new();
    for (at, step) in steps.iter().enumerate() {
        let time = format!("{:.3} s", step.first().time);
        // A time that is equal to the last one is left out.
        if time != last {
            let x = place::MARGIN + place::TIMES - 14.0;
            pen.text("time", Anchor::End, [x, place.y(at) + 4.0], place::TIMES, &time);
            last = time;
        }
        event::draw(&mut pen, &Scene { place, lanes, bars: &widths }, at, step);
    }
    for (at, lane) in lanes.lanes.iter().enumerate() {
        head(&mut pen, place.x(at), place::TOP, lane);
        if place.is_long() {
            head(&mut pen, place.x(at), place.bottom(), lane);
        }
    }
    svg::end(pen)
}

/// A line about what is drawn.
fn summary(steps: &[Step<'_>], lanes: &Lanes, left_out: usize) -> String {
    let Some((first, last)) = steps.first().zip(steps.last()) else {
        return "Nothing has been recorded.".to_owned();
    };
    let records: usize = steps.iter().map(|step| step.records.len()).sum();
    let (from, to) = (first.first().time, last.first().time);
    let processes = lanes.processes();
    let left_out = match left_out {
        0 => String::new(),
        count => format!(" {count} earlier ones are left out."),
    };
    format!("{records} records of {processes} processes, from {from:.3} s to {to:.3} s.{left_out}")
}

/// Shades every second step, which makes the times easier to read.
fn stripes(pen: &mut Pen, place: &Place) {
    for at in (0..place.steps).step_by(2) {
        let y = place.y(at) - place::STEP / 2.0;
        pen.rectangle("stripe", [place::MARGIN, y], place.width() - 2.0 * place::MARGIN, place::STEP);
    }
}

fn life(pen: &mut Pen, place: &Place, at: usize, lane: &Lane) {
    let x = place.x(at);
    let (top, bottom) = (place::TOP + HEAD_HEIGHT, place.bottom());
    let begin = lane.start.map_or(top, |step| place.y(step));
    let end = lane.end.map_or(bottom, |step| place.y(step));
    if begin > top {
        pen.line("life before", [x, top], [x, begin]);
    }
    pen.line("life", [x, begin], [x, end.max(begin)]);
}

fn draw_bar(pen: &mut Pen, place: &Place, bar: Bar) {
    let x = place.x(bar.lane) + 4.0 + bar.slot as f64 * BAR;
    let top = bar.from.map_or(place::TOP + HEAD_HEIGHT, |step| place.y(step));
    let bottom = bar.to.map_or(place.bottom(), |step| place.y(step));
    let class = if bar.from.is_some() && bar.to.is_some() { "bar" } else { "bar-open" };
    pen.rectangle(class, [x, top], 4.0, (bottom - top).max(2.0));
}

/// How much room the bars take beside each lane.
fn widths(bars: &[Bar], lanes: &Lanes) -> Vec<f64> {
    let mut widths = vec![0.0_f64; lanes.lanes.len()];
    for bar in bars {
        widths[bar.lane] = widths[bar.lane].max((bar.slot + 1) as f64 * BAR);
    }
    widths
}

fn head(pen: &mut Pen, x: f64, y: f64, lane: &Lane) {
    pen.rectangle("head", [x - HEAD / 2.0, y], HEAD, HEAD_HEIGHT);
    let room = HEAD - 10.0;
    let Some(process) = lane.process else {
        pen.text("quiet", Anchor::Middle, [x, y + 24.0], room, &lane.name);
        return;
    };
    let name = if lane.name.is_empty() { "process" } else { &lane.name };
    pen.text("name", Anchor::Middle, [x, y + 17.0], room, name);
    pen.text("quiet", Anchor::Middle, [x, y + 32.0], room, &format!("#{process}"));
}
