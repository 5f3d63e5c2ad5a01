//! The input and the output of the layout. Lengths are in pixels, from the left and from the top.

/// A box without a position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::graph) struct Plain {
    pub(in crate::graph) width: f64,
    /// Equal for boxes of the same kind.
    pub(in crate::graph) shape: u64,
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

/// A rectangle, given by its middle.
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
