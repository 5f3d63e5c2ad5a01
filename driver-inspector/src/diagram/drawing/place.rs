//! Where things are. Lengths are in pixels.

pub(super) const MARGIN: f64 = 20.0;
/// The width of the column of times.
pub(super) const TIMES: f64 = 78.0;
/// Where the heads begin.
pub(super) const TOP: f64 = 92.0;
/// The width and height of a head.
pub(super) const HEAD: f64 = 150.0;
pub(super) const HEAD_HEIGHT: f64 = 40.0;
/// The height of a step.
pub(super) const STEP: f64 = 32.0;
/// Between two lanes, of which there are few or many.
const WIDE: f64 = 230.0;
const NARROW: f64 = 175.0;
const FEW: usize = 8;
/// Behind the last lane, for what is said beside it.
const BEHIND: f64 = 320.0;
/// From more steps than these on, a drawing is long.
const LONG: usize = 25;
/// The narrowest drawing, as its title and its legend need it.
const NARROWEST: f64 = 820.0;

/// How much there is to be drawn.
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

    /// Where the lines of life end.
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

    /// Whether the heads are shown below, too.
    pub(super) fn is_long(&self) -> bool {
        self.steps > LONG
    }

    /// How much room there is behind a point.
    pub(super) fn room(&self, x: f64) -> f64 {
        self.width() - MARGIN - x
    }
}
