//! Orders the stops of each layer so that few lines cross: each stop moves to the middle of its neighbours.

use super::sketch::Sketch;

const SWEEPS: usize = 8;

pub(super) fn order(sketch: &mut Sketch) {
    let mut best = sketch.layers.clone();
    let mut fewest = crossings(sketch);
    for sweep in 0..SWEEPS {
        if fewest == 0 {
            break;
        }
        let last = sketch.layers.len() - 1;
        if sweep % 2 == 0 {
            (1..=last).for_each(|layer| sort(sketch, layer, layer - 1));
        } else {
            (0..last).rev().for_each(|layer| sort(sketch, layer, layer + 1));
        }
        let crossings = crossings(sketch);
        if crossings < fewest {
            fewest = crossings;
            best.clone_from(&sketch.layers);
        }
    }
    sketch.layers = best;
}

/// Sorts a layer by the middles of each stop's neighbours in an adjacent layer. A stop without neighbours stays about
/// where it is.
fn sort(sketch: &mut Sketch, layer: usize, beside: usize) {
    let places = places(sketch, beside);
    let scale = sketch.layers[beside].len() as f64 / sketch.layers[layer].len() as f64;
    let neighbours = if beside < layer { &sketch.lefts } else { &sketch.rights };
    let middle = |(at, stop): (usize, &usize)| {
        let neighbours = &neighbours[*stop];
        let sum: usize = neighbours.iter().map(|neighbour| places[*neighbour]).sum();
        if neighbours.is_empty() { at as f64 * scale } else { sum as f64 / neighbours.len() as f64 }
    };
    let mut sorted: Vec<(f64, usize)> =
        sketch.layers[layer].iter().enumerate().map(|it| (middle(it), *it.1)).collect();
    sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
    sketch.layers[layer] = sorted.into_iter().map(|(_, stop)| stop).collect();
}

/// How many lines cross between all layers.
fn crossings(sketch: &Sketch) -> usize {
    let pairs = sketch.layers.windows(2).enumerate();
    pairs.map(|(at, pair)| crossings_after(sketch, &pair[0], &places(sketch, at + 1))).sum()
}

/// How many lines cross between this layer and the next, whose stops have these positions.
fn crossings_after(sketch: &Sketch, layer: &[usize], places: &[usize]) -> usize {
    let mut above: Vec<usize> = Vec::new();
    let mut crossings = 0;
    for stop in layer {
        let mut ends: Vec<usize> = sketch.rights[*stop].iter().map(|right| places[*right]).collect();
        crossings +=
            ends.iter().map(|end| above.len() - above.partition_point(|it| it <= end)).sum::<usize>();
        above.append(&mut ends);
        above.sort_unstable();
    }
    crossings
}

/// The position of each stop in this layer. Positions of other stops mean nothing.
fn places(sketch: &Sketch, layer: usize) -> Vec<usize> {
    let mut places = vec![0; sketch.stops.len()];
    sketch.layers[layer].iter().enumerate().for_each(|(at, stop)| places[*stop] = at);
    places
}
