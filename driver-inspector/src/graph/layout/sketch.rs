//! A part of a graph during its layout: boxes in layers, connected by strands.

use std::collections::BTreeMap;

use super::area::Plain;

/// The most stops of passing strands. Beyond this, strands get no stops and go straight.
const MOST_STOPS: usize = 3000;
const LOWEST_BOX: f64 = 44.0;
const TALLEST_BOX: f64 = 280.0;
/// A box grows by at most this many lines within its layer.
const LEVEL: usize = 4;
/// The gap between two lines that end at a box.
pub(super) const PITCH: f64 = 16.0;
/// The gap between two lines of a strand.
pub(super) const LANE: f64 = 12.0;
/// The height above a box for each line from it to itself. Beyond the greatest number, lines share it.
pub(super) const LOOP: f64 = 14.0;
pub(super) const LOOPS: usize = 6;

#[derive(Debug)]
pub(super) struct Sketch {
    pub(super) boxes: Vec<Box>,
    pub(super) strands: Vec<Strand>,
    /// The stops: first the boxes, at their own index, then the points where strands pass a layer.
    pub(super) stops: Vec<Stop>,
    /// The stops of each layer, from top to bottom.
    pub(super) layers: Vec<Vec<usize>>,
    /// The neighbours of each stop in the layers left and right of its own.
    pub(super) lefts: Vec<Vec<usize>>,
    pub(super) rights: Vec<Vec<usize>>,
}

#[derive(Debug)]
pub(super) struct Box {
    pub(super) width: f64,
    pub(super) height: f64,
    /// The edges from it to itself.
    pub(super) loops: Vec<usize>,
}

/// All edges between two boxes, side by side. If both boxes are in one layer, the lines are on its right side.
#[derive(Debug)]
pub(super) struct Strand {
    pub(super) lanes: Vec<Lane>,
    /// The stops on its way. The first and the last are boxes.
    pub(super) stops: Vec<usize>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Lane {
    pub(super) edge: usize,
    /// Whether it goes from right to left.
    pub(super) is_backward: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    pub(super) layer: usize,
    /// The height, with the room above a box for lines to itself.
    pub(super) height: f64,
    /// The middle.
    pub(super) y: f64,
}

impl Strand {
    pub(super) fn first(&self) -> usize {
        self.stops[0]
    }

    pub(super) fn last(&self) -> usize {
        self.stops[self.stops.len() - 1]
    }
}

impl Box {
    /// The room above it.
    pub(super) fn headroom(&self) -> f64 {
        self.loops.len().min(LOOPS) as f64 * LOOP
    }
}

impl Sketch {
    pub(super) fn new(plain: &[Plain], edges: &[(usize, usize)], ranks: &[usize]) -> Self {
        let mut boxes: Vec<Box> = plain
            .iter()
            .map(|plain| Box { width: plain.width, height: LOWEST_BOX, loops: Vec::new() })
            .collect();
        let mut strands: BTreeMap<(usize, usize), Vec<Lane>> = BTreeMap::new();
        for (edge, (from, to)) in edges.iter().copied().enumerate() {
            if from == to {
                boxes[from].loops.push(edge);
                continue;
            }
            let is_backward = (ranks[from], from) > (ranks[to], to);
            let ends = if is_backward { (to, from) } else { (from, to) };
            strands.entry(ends).or_default().push(Lane { edge, is_backward });
        }
        grow(&mut boxes, &strands, ranks);
        let layers = vec![Vec::new(); ranks.iter().max().map_or(0, |last| last + 1)];
        let mut sketch = Self {
            boxes,
            strands: Vec::new(),
            stops: Vec::new(),
            layers,
            lefts: Vec::new(),
            rights: Vec::new(),
        };
        for (node, layer) in ranks.iter().enumerate() {
            sketch.stop(*layer, sketch.boxes[node].height + sketch.boxes[node].headroom());
        }
        strands.into_iter().for_each(|(ends, lanes)| sketch.strand(ends, lanes));
        sketch
    }

    fn strand(&mut self, (left, right): (usize, usize), lanes: Vec<Lane>) {
        let passed = self.stops[left].layer + 1..self.stops[right].layer;
        let mut stops = vec![left];
        if self.stops.len() + passed.len() <= self.boxes.len() + MOST_STOPS {
            let height = lanes.len() as f64 * LANE;
            stops.extend(passed.map(|layer| self.stop(layer, height)));
        }
        stops.push(right);
        for pair in stops.windows(2).filter(|pair| self.stops[pair[0]].layer + 1 == self.stops[pair[1]].layer)
        {
            self.rights[pair[0]].push(pair[1]);
            self.lefts[pair[1]].push(pair[0]);
        }
        self.strands.push(Strand { lanes, stops });
    }

    fn stop(&mut self, layer: usize, height: f64) -> usize {
        let at = self.stops.len();
        self.stops.push(Stop { layer, height, y: 0.0 });
        self.layers[layer].push(at);
        self.lefts.push(Vec::new());
        self.rights.push(Vec::new());
        at
    }

    /// Whether the strand joins two boxes of one layer.
    pub(super) fn is_level(&self, strand: &Strand) -> bool {
        self.stops[strand.first()].layer == self.stops[strand.last()].layer
    }

    /// Whether the stop is a box, and not a passing strand.
    pub(super) fn is_box(&self, stop: usize) -> bool {
        stop < self.boxes.len()
    }
}

/// Makes each box high enough for the lines that end at its sides. Lines within a layer are drawn closer together, so that
/// a column of peers does not become too tall.
fn grow(boxes: &mut [Box], strands: &BTreeMap<(usize, usize), Vec<Lane>>, ranks: &[usize]) {
    let none = vec![0_usize; boxes.len()];
    let (mut left, mut right, mut level) = (none.clone(), none.clone(), none);
    for ((from, to), lanes) in strands {
        if ranks[*from] == ranks[*to] {
            level[*from] += lanes.len();
            level[*to] += lanes.len();
        } else {
            right[*from] += lanes.len();
            left[*to] += lanes.len();
        }
    }
    for (at, node) in boxes.iter_mut().enumerate() {
        let lines = left[at].max(right[at] + level[at].min(LEVEL));
        node.height = ((lines + 1) as f64 * PITCH).clamp(LOWEST_BOX, TALLEST_BOX);
    }
}
