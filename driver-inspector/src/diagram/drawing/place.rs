//! The measures and positions of the drawing, in pixels.

pub(super) const MARGIN: f64 = 20.0;
/// The width of the column of times.
pub(super) const TIMES: f64 = 78.0;
/// The top of the heads.
pub(super) const TOP: f64 = 92.0;
/// The width and height of a head.
pub(super) const HEAD: f64 = 150.0;
pub(super) const HEAD_HEIGHT: f64 = 40.0;
/// The height of a step.
pub(super) const STEP: f64 = 32.0;
/// The distance between two lanes, if there are few lanes and if there are many.
const WIDE: f64 = 230.0;
const NARROW: f64 = 175.0;
const FEW: usize = 8;
/// The room to the right of the last lane, for texts.
const BEHIND: f64 = 320.0;
/// A drawing with more steps than this is long.
const LONG: usize = 25;
/// The least width, which the title and the legend need.
const NARROWEST: f64 = 820.0;

/// The size of a drawing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) lanes: usize,
    pub(super) steps: usize,
}

impl Place {
    pub(super) fn x(&self, lane: usize) -> f64 {
        MARGIN + TIMES + HEAD / 2.0 + lane as f64 * if self.lanes > FEW { NARROW } else { WIDE }
    }

    pub(super) fn y(&self, step: usize) -> f64 {
        TOP + HEAD_HEIGHT + STEP * (step as f64 + 0.9)
    }

    /// Where the lifelines end.
    pub(super) fn bottom(&self) -> f64 {
        TOP + HEAD_HEIGHT + STEP * (self.steps as f64 + 0.8)
    }

    pub(super) fn width(&self) -> f64 {
        (self.x(self.lanes.saturating_sub(1)) + BEHIND + MARGIN).max(NARROWEST)
    }

    pub(super) fn height(&self) -> f64 {
        let heads = if self.is_long() { HEAD_HEIGHT } else { 0.0 };
        self.bottom() + heads + MARGIN
    }

    /// Whether the heads are repeated at the bottom.
    pub(super) fn is_long(&self) -> bool {
        self.steps > LONG
    }

    /// The room to the right of a point.
    pub(super) fn room(&self, x: f64) -> f64 {
        self.width() - MARGIN - x
    }
}
