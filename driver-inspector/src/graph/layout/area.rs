//! What is laid out, and where everything is. Lengths are in pixels; all begins at the left and the top.

/// A box before it has a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::graph) struct Plain {
    pub(in crate::graph) width: f64,
    /// The same for boxes that stand for the same kind of thing.
    pub(in crate::graph) likeness: u64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::graph) struct Layout {
    pub(in crate::graph) width: f64,
    pub(in crate::graph) height: f64,
    pub(in crate::graph) boxes: Vec<Area>,
    /// The line of each edge, from border to border.
    pub(in crate::graph) lines: Vec<Line>,
}

pub(in crate::graph) type Line = Vec<[f64; 2]>;

/// A rectangle, by its middle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::graph) struct Area {
    pub(in crate::graph) x: f64,
    pub(in crate::graph) y: f64,
    pub(in crate::graph) width: f64,
    pub(in crate::graph) height: f64,
}

impl Area {
    pub(super) fn left(&self) -> f64 {
        self.x - self.width / 2.0
    }

    pub(super) fn right(&self) -> f64 {
        self.x + self.width / 2.0
    }

    pub(super) fn top(&self) -> f64 {
        self.y - self.height / 2.0
    }
}
