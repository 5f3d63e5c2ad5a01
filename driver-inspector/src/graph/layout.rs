//! The layout of a graph: in layers from left to right, the senders left of who hears them.
//!
//! The parts that hang together are arranged one by one, then set out in rows. Nothing depends on chance or on hashing:
//! the same graph gives the same picture.

mod area;
#[cfg(test)]
mod laws;
mod order;
mod part;
mod place;
mod rank;
mod route;
mod row;
mod sketch;

pub(super) use area::{Layout, Plain};

/// Lays out boxes that are joined by these edges, each from one box to another or itself.
pub(super) fn layout(boxes: &[Plain], edges: &[(usize, usize)]) -> Layout {
    let parts = part::parts(boxes.len(), edges);
    let arranged = parts.iter().map(|part| {
        let boxes: Vec<Plain> = part.boxes.iter().map(|at| boxes[*at]).collect();
        arrange(&boxes, &part.inner(edges))
    });
    row::set_out(&parts, arranged.collect())
}

/// The layout of one part.
fn arrange(boxes: &[Plain], edges: &[(usize, usize)]) -> Layout {
    let ranks = rank::ranks(boxes, edges);
    let mut sketch = sketch::Sketch::new(boxes, edges, &ranks);
    order::order(&mut sketch);
    place::place(&mut sketch);
    route::route(&sketch, edges.len())
}
