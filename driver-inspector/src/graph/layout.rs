//! The layout of a graph in layers from left to right, with senders to the left of their receivers.
//!
//! Each connected part is arranged separately, and the parts are then placed in rows. Nothing depends on random numbers or
//! on hashing: the same graph gives the same picture.

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

/// Lays out boxes that are connected by these edges, each from one box to another or to itself.
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
