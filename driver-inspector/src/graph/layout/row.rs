//! Places the parts of a graph in rows.

use super::area::{Area, Layout};
use super::part::Part;

const MARGIN: f64 = 24.0;
const GAP: f64 = 48.0;
/// The wanted ratio of width to height.
const ASPECT: f64 = 1.6;

/// The layout of the whole graph, from those of its parts: the largest first, the others in their order.
pub(super) fn set_out(parts: &[Part], layouts: Vec<Layout>) -> Layout {
    let boxes = parts.iter().map(|part| part.boxes.len()).sum();
    let lines = parts.iter().map(|part| part.edges.len()).sum();
    let mut whole =
        Layout { boxes: vec![Area::default(); boxes], lines: vec![Vec::new(); lines], ..Layout::default() };
    let room = room(&layouts);
    let mut placed: Vec<(&Part, Layout)> = parts.iter().zip(layouts).collect();
    placed.sort_by_key(|(part, _)| std::cmp::Reverse(part.boxes.len()));
    let (mut x, mut y, mut highest) = (MARGIN, MARGIN, 0.0_f64);
    for (part, layout) in placed {
        if x > MARGIN && x + layout.width > room + MARGIN {
            (x, y, highest) = (MARGIN, y + highest + GAP, 0.0);
        }
        (whole.width, whole.height) =
            (whole.width.max(x + layout.width), whole.height.max(y + layout.height));
        highest = highest.max(layout.height);
        put(&mut whole, part, &layout, [x, y]);
        x += layout.width + GAP;
    }
    (whole.width, whole.height) = (whole.width + MARGIN, whole.height + MARGIN);
    whole
}

/// The greatest width of a row.
fn room(layouts: &[Layout]) -> f64 {
    let area: f64 = layouts.iter().map(|layout| (layout.width + GAP) * (layout.height + GAP)).sum();
    layouts.iter().map(|layout| layout.width).fold((area * ASPECT).sqrt(), f64::max)
}

fn put(whole: &mut Layout, part: &Part, layout: &Layout, [x, y]: [f64; 2]) {
    for (at, area) in part.boxes.iter().zip(&layout.boxes) {
        whole.boxes[*at] = Area { x: area.x + x, y: area.y + y, ..*area };
    }
    for (at, line) in part.edges.iter().zip(&layout.lines) {
        whole.lines[*at] = line.iter().map(|point| [point[0] + x, point[1] + y]).collect();
    }
}
