//! The lines of the edges: from the border of a box, through the layers between, to the border of another box.

use super::area::{Area, Layout, Line};
use super::sketch::{LANE, LOOP, LOOPS, PITCH, Sketch, Stop, Strand};

/// The width between two layers, for slanted lines and their labels.
const AISLE: f64 = 150.0;
/// Half the width of the narrowest line from a box to itself.
const LOOP_REACH: f64 = 12.0;
/// For lines within a layer: how far the first one goes into the aisle, how much further each next one, and the most
/// positions.
const NEAREST: f64 = 16.0;
const BRACKET: f64 = 6.0;
const BRACKETS: usize = 18;

pub(super) fn route(sketch: &Sketch, edges: usize) -> Layout {
    let columns = columns(sketch);
    let boxes: Vec<Area> = (0..sketch.boxes.len()).map(|at| area(sketch, &columns, at)).collect();
    let mut lines = vec![Line::new(); edges];
    let ports = Ports::new(sketch, &boxes);
    let reaches = reaches(sketch);
    for (at, strand) in sketch.strands.iter().enumerate() {
        for (lane, it) in strand.lanes.iter().enumerate() {
            let mut line = match reaches[at] {
                Some(reach) => level(&columns, &boxes, sketch, strand, reach + BRACKET * lane as f64),
                None => line(sketch, &columns, &boxes, strand, lane),
            };
            ports.set(&mut line, at, lane);
            // Joins straight pieces.
            line.dedup_by(|next, last| next == last);
            if it.is_backward {
                line.reverse();
            }
            lines[it.edge] = line;
        }
    }
    for (node, area) in sketch.boxes.iter().zip(&boxes) {
        for (at, edge) in node.loops.iter().enumerate() {
            lines[*edge] = around(area, at.min(LOOPS - 1));
        }
    }
    let rights = columns.iter().map(|column| column.right);
    let width = rights.chain(lines.iter().flatten().map(|point| point[0])).fold(0.0, f64::max);
    let bottom = |stop: &Stop| stop.y + stop.height / 2.0;
    let height = sketch.stops.iter().map(bottom).fold(0.0, f64::max);
    Layout { width, height, boxes, lines }
}

/// Where a layer begins and ends.
#[derive(Clone, Copy, Debug)]
struct Column {
    left: f64,
    right: f64,
}

fn columns(sketch: &Sketch) -> Vec<Column> {
    let mut left = 0.0;
    let layers = sketch.layers.iter().map(|layer| {
        let widths = layer.iter().filter(|stop| sketch.is_box(**stop)).map(|stop| sketch.boxes[*stop].width);
        let column = Column { left, right: left + widths.fold(0.0, f64::max) };
        left = column.right + AISLE;
        column
    });
    layers.collect()
}

fn area(sketch: &Sketch, columns: &[Column], at: usize) -> Area {
    let (node, stop) = (&sketch.boxes[at], sketch.stops[at]);
    let column = columns[stop.layer];
    let x = f64::midpoint(column.left, column.right);
    Area { x, y: stop.y + node.headroom() / 2.0, width: node.width, height: node.height }
}

/// A line of a strand, from left to right. The heights of its ends are set later.
fn line(sketch: &Sketch, columns: &[Column], boxes: &[Area], strand: &Strand, lane: usize) -> Line {
    let aside = (lane as f64 - (strand.lanes.len() - 1) as f64 / 2.0) * LANE;
    let mut line = Line::new();
    for stop in &strand.stops {
        let column = columns[sketch.stops[*stop].layer];
        let y = sketch.stops[*stop].y + aside;
        let (mut left, mut right) = (column.left, column.right);
        if let Some(area) = boxes.get(*stop) {
            // From the border of the box. The line of a narrow box runs straight to the edge of its column.
            let is_first = line.is_empty();
            (left, right) = if is_first { (area.right(), right) } else { (left, area.left()) };
        }
        line.extend([[left, y], [right, y]]);
    }
    line
}

/// A line between two boxes of one layer, around its right side. The heights of its ends are set later.
fn level(columns: &[Column], boxes: &[Area], sketch: &Sketch, strand: &Strand, reach: f64) -> Line {
    let x = columns[sketch.stops[strand.first()].layer].right + reach;
    let (first, last) = (boxes[strand.first()], boxes[strand.last()]);
    vec![[first.right(), first.y], [x, first.y], [x, last.y], [last.right(), last.y]]
}

/// How far into the aisle the first line of each strand within a layer goes. Shorter strands go less far.
fn reaches(sketch: &Sketch) -> Vec<Option<f64>> {
    let mut reaches = vec![None; sketch.strands.len()];
    let levels = sketch.strands.iter().enumerate().filter(|(_, strand)| sketch.is_level(strand));
    let mut levels: Vec<(usize, &Strand)> = levels.collect();
    let height = |strand: &Strand| (sketch.stops[strand.first()].y - sketch.stops[strand.last()].y).abs();
    levels.sort_by(|one, other| height(one.1).total_cmp(&height(other.1)));
    let mut lanes = vec![0; sketch.layers.len()];
    for (at, strand) in levels {
        let lane = &mut lanes[sketch.stops[strand.first()].layer];
        // If there are too many, several share a position.
        reaches[at] = Some(NEAREST + BRACKET * (*lane % BRACKETS) as f64);
        *lane += strand.lanes.len();
    }
    reaches
}

/// A line from a box to itself, above it.
fn around(area: &Area, at: usize) -> Line {
    let reach = LOOP_REACH + 5.0 * at as f64;
    let (top, up) = (area.top(), area.top() - LOOP * (at as f64 + 0.8));
    let (left, right) = (area.x - reach, area.x + reach);
    vec![[left, top], [left, up], [right, up], [right, top]]
}

/// The heights at which each line leaves its first box and reaches its second.
struct Ports {
    starts: Vec<Vec<f64>>,
    ends: Vec<Vec<f64>>,
}

/// An end of a strand, and where the strand goes from there.
#[derive(Clone, Copy)]
struct End {
    next: usize,
    strand: usize,
    is_start: bool,
}

impl Ports {
    fn new(sketch: &Sketch, boxes: &[Area]) -> Self {
        let heights = || sketch.strands.iter().map(|strand| vec![0.0; strand.lanes.len()]).collect();
        let mut ports = Self { starts: heights(), ends: heights() };
        let (mut rights, mut lefts) = (vec![Vec::new(); boxes.len()], vec![Vec::new(); boxes.len()]);
        for (at, strand) in sketch.strands.iter().enumerate() {
            let before = strand.stops[strand.stops.len() - 2];
            rights[strand.first()].push(End { next: strand.stops[1], strand: at, is_start: true });
            let side = if sketch.is_level(strand) { &mut rights } else { &mut lefts };
            side[strand.last()].push(End { next: before, strand: at, is_start: false });
        }
        for (at, area) in boxes.iter().enumerate() {
            ports.share(sketch, area, &mut rights[at]);
            ports.share(sketch, area, &mut lefts[at]);
        }
        ports
    }

    /// Divides a side of a box among the strands that end there, ordered by where they go.
    fn share(&mut self, sketch: &Sketch, area: &Area, ends: &mut [End]) {
        ends.sort_by(|one, other| {
            let heights = sketch.stops[one.next].y.total_cmp(&sketch.stops[other.next].y);
            heights.then(one.strand.cmp(&other.strand))
        });
        let count: usize = ends.iter().map(|end| self.starts[end.strand].len()).sum();
        let pitch = PITCH.min((area.height - PITCH) / count as f64);
        let mut y = area.y - (count as f64 - 1.0) / 2.0 * pitch;
        for end in ends {
            let side = if end.is_start { &mut self.starts } else { &mut self.ends };
            for port in &mut side[end.strand] {
                *port = y;
                y += pitch;
            }
        }
    }

    fn set(&self, line: &mut Line, strand: usize, lane: usize) {
        let last = line.len() - 1;
        // The piece within the column, as well.
        line[..2].iter_mut().for_each(|point| point[1] = self.starts[strand][lane]);
        line[last - 1..].iter_mut().for_each(|point| point[1] = self.ends[strand][lane]);
    }
}
