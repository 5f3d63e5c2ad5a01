//! The connected parts of a graph.

/// Connected boxes and their edges, by their indices in the whole graph.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    pub(super) boxes: Vec<usize>,
    pub(super) edges: Vec<usize>,
}

impl Part {
    /// Its edges, by the indices of boxes in it.
    pub(super) fn inner(&self, edges: &[(usize, usize)]) -> Vec<(usize, usize)> {
        // Its boxes are in rising order.
        let inner = |at: usize| self.boxes.partition_point(|other| *other < at);
        self.edges.iter().map(|edge| edges[*edge]).map(|(from, to)| (inner(from), inner(to))).collect()
    }
}

/// The parts, in the order of their first boxes.
pub(super) fn parts(boxes: usize, edges: &[(usize, usize)]) -> Vec<Part> {
    let mut neighbours = vec![Vec::new(); boxes];
    for (from, to) in edges {
        neighbours[*from].push(*to);
        neighbours[*to].push(*from);
    }
    let mut part_of = vec![usize::MAX; boxes];
    let mut count = 0;
    for first in 0..boxes {
        if part_of[first] != usize::MAX {
            continue;
        }
        let mut waiting = vec![first];
        while let Some(at) = waiting.pop() {
            if part_of[at] == usize::MAX {
                part_of[at] = count;
                waiting.extend(&neighbours[at]);
            }
        }
        count += 1;
    }
    let mut parts = vec![Part::default(); count];
    (0..boxes).for_each(|at| parts[part_of[at]].boxes.push(at));
    edges.iter().enumerate().for_each(|(at, (from, _))| parts[part_of[*from]].edges.push(at));
    parts
}
