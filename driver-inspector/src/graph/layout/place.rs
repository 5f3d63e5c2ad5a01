//! The vertical position of each stop: as near to its neighbours as the other stops of its layer allow.

use super::sketch::Sketch;

const SWEEPS: usize = 10;
/// The gap between two boxes, and beside a strand that passes.
const GAP: f64 = 22.0;
const NARROW_GAP: f64 = 6.0;
/// The weight of a passing strand, which should be straight. A box has weight 1.
const STRAIGHT: f64 = 4.0;

pub(super) fn place(sketch: &mut Sketch) {
    (0..sketch.layers.len()).for_each(|layer| settle(sketch, layer, &[]));
    let (lefts, rights) = (sketch.lefts.clone(), sketch.rights.clone());
    for sweep in 0..SWEEPS {
        let layers = 0..sketch.layers.len();
        match sweep {
            _ if sweep + 1 == SWEEPS => layers.for_each(|layer| settle(sketch, layer, &[&lefts, &rights])),
            _ if sweep % 2 == 0 => layers.for_each(|layer| settle(sketch, layer, &[&lefts])),
            _ => layers.rev().for_each(|layer| settle(sketch, layer, &[&rights])),
        }
    }
    let top = |sketch: &Sketch| {
        sketch.stops.iter().map(|stop| stop.y - stop.height / 2.0).fold(f64::INFINITY, f64::min)
    };
    let top = top(sketch);
    sketch.stops.iter_mut().for_each(|stop| stop.y -= top);
}

/// Places the stops of a layer: as near as possible, by least squares, to the middles of these neighbours.
fn settle(sketch: &mut Sketch, layer: usize, neighbours: &[&Vec<Vec<usize>>]) {
    let stops = sketch.layers[layer].clone();
    let mut blocks: Vec<Block> = Vec::new();
    let mut down = 0.0;
    for (at, stop) in stops.iter().enumerate() {
        if let Some(above) = at.checked_sub(1).map(|above| stops[above]) {
            let gap = if sketch.is_box(above) && sketch.is_box(*stop) { GAP } else { NARROW_GAP };
            down += f64::midpoint(sketch.stops[above].height, sketch.stops[*stop].height) + gap;
        }
        let (wish, weight) = wish(sketch, *stop, neighbours);
        join(&mut blocks, Block { offsets: vec![down], sum: (wish - down) * weight, weight });
    }
    let ys = blocks.iter().flat_map(|block| block.offsets.iter().map(|offset| block.shift() + offset));
    stops.iter().zip(ys).for_each(|(stop, y)| sketch.stops[*stop].y = y);
}

/// Stops that touch, and their common offset: the mean of the positions that they should have.
struct Block {
    offsets: Vec<f64>,
    sum: f64,
    weight: f64,
}

impl Block {
    fn shift(&self) -> f64 {
        self.sum / self.weight
    }
}

/// Adds a block below the others. One that would overlap the last becomes part of it.
fn join(blocks: &mut Vec<Block>, mut block: Block) {
    while let Some(above) = blocks.pop_if(|above| above.shift() > block.shift()) {
        block.sum += above.sum;
        block.weight += above.weight;
        block.offsets.splice(0..0, above.offsets);
    }
    blocks.push(block);
}

/// Where a stop should be, and its weight.
fn wish(sketch: &Sketch, stop: usize, neighbours: &[&Vec<Vec<usize>>]) -> (f64, f64) {
    let all = || neighbours.iter().flat_map(|side| &side[stop]);
    let count = all().count();
    if count == 0 {
        return (sketch.stops[stop].y, 1.0);
    }
    let passes = |at: usize| !sketch.is_box(at);
    let straight = passes(stop) && all().any(|neighbour| passes(*neighbour));
    let mean = all().map(|neighbour| sketch.stops[*neighbour].y).sum::<f64>() / count as f64;
    (mean, if straight { STRAIGHT } else { 1.0 })
}
