//! The layer of each box.

use std::collections::HashSet;

use super::area::Plain;

/// The most boxes in one layer, so that a hub with very many neighbours does not become one tall column.
const TALLEST: usize = 24;

/// The layer of each box. An edge stays within a layer only if it goes from a box to itself or connects peers.
pub(super) fn ranks(plain: &[Plain], edges: &[(usize, usize)]) -> Vec<usize> {
    let boxes = plain.len();
    let edges = &between_others(plain, edges);
    let sequence = sequence(boxes, edges);
    let mut place = vec![0; boxes];
    sequence.iter().enumerate().for_each(|(at, node)| place[*node] = at);
    let (mut lefts, mut rights) = (vec![Vec::new(); boxes], vec![Vec::new(); boxes]);
    for (from, to) in edges {
        let (left, right) = if place[*from] < place[*to] { (*from, *to) } else { (*to, *from) };
        lefts[right].push(left);
        rights[left].push(right);
    }
    let mut ranks = vec![0; boxes];
    for node in &sequence {
        ranks[*node] = lefts[*node].iter().map(|left| ranks[*left] + 1).max().unwrap_or(0);
    }
    // If this makes more edges shorter than longer, move the box as far right as possible.
    for node in sequence.iter().rev().filter(|node| rights[**node].len() > lefts[**node].len()) {
        ranks[*node] = rights[*node].iter().map(|right| ranks[*right] - 1).min().unwrap_or(0);
    }
    split(&sequence, &ranks)
}

/// The edges without those from a box to itself and without those between peers. Peers are boxes of the same kind with
/// edges both ways: neither comes first, so they may be in one layer.
fn between_others(plain: &[Plain], edges: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let all: HashSet<(usize, usize)> = edges.iter().copied().collect();
    let are_peers =
        |from: usize, to: usize| plain[from].shape == plain[to].shape && all.contains(&(to, from));
    edges.iter().copied().filter(|(from, to)| from != to && !are_peers(*from, *to)).collect()
}

/// All boxes in an order that few edges contradict (the greedy algorithm of Eades, Lin and Smyth).
fn sequence(boxes: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let (mut outs, mut ins) = (vec![Vec::new(); boxes], vec![Vec::new(); boxes]);
    for (from, to) in edges {
        outs[*from].push(*to);
        ins[*to].push(*from);
    }
    // How many edges go from and to each of the remaining boxes.
    let (mut out, mut into): (Vec<usize>, Vec<usize>) =
        (outs.iter().map(Vec::len).collect(), ins.iter().map(Vec::len).collect());
    let mut left: Vec<usize> = (0..boxes).collect();
    let (mut first, mut last) = (Vec::new(), Vec::new());
    while !left.is_empty() {
        let sink = left.iter().rposition(|node| out[*node] == 0);
        let source = || left.iter().position(|node| into[*node] == 0);
        let at = sink.or_else(source).unwrap_or_else(|| most_outward(&left, &out, &into));
        let node = left.remove(at);
        if sink.is_some() {
            last.push(node)
        } else {
            first.push(node)
        }
        outs[node].iter().for_each(|to| into[*to] -= 1);
        ins[node].iter().for_each(|from| out[*from] -= 1);
    }
    first.extend(last.into_iter().rev());
    first
}

/// The box with the greatest surplus of outgoing edges; of several, the first.
fn most_outward(left: &[usize], out: &[usize], into: &[usize]) -> usize {
    let surplus = |at: &usize| (out[left[*at]] + left.len()).saturating_sub(into[left[*at]]);
    (0..left.len()).rev().max_by_key(surplus).unwrap_or(0)
}

/// The layers without gaps. A layer that is too tall is split.
fn split(sequence: &[usize], ranks: &[usize]) -> Vec<usize> {
    let mut layers = vec![Vec::new(); ranks.iter().max().map_or(0, |last| last + 1)];
    sequence.iter().for_each(|node| layers[ranks[*node]].push(*node));
    layers.iter_mut().for_each(|layer| layer.sort_unstable());
    let mut split = vec![0; ranks.len()];
    for (layer, nodes) in layers.iter().flat_map(|layer| layer.chunks(TALLEST)).enumerate() {
        nodes.iter().for_each(|node| split[*node] = layer);
    }
    split
}
