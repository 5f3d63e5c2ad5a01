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

pub(super) use area::Layout;

/// Lays out boxes of these widths that are joined by these edges, each from one box to another or itself.
pub(super) fn layout(widths: &[f64], edges: &[(usize, usize)]) -> Layout {
    let parts = part::parts(widths.len(), edges);
    let arranged = parts.iter().map(|part| {
        let widths: Vec<f64> = part.boxes.iter().map(|at| widths[*at]).collect();
        arrange(&widths, &part.inner(edges))
    });
    row::set_out(&parts, arranged.collect())
}

/// The layout of one part.
fn arrange(widths: &[f64], edges: &[(usize, usize)]) -> Layout {
    let ranks = rank::ranks(widths.len(), edges);
    let mut sketch = sketch::Sketch::new(widths, edges, &ranks);
    order::order(&mut sketch);
    place::place(&mut sketch);
    route::route(&sketch, edges.len())
}
