//! The measures and positions of the drawing, in pixels.

use super::row::Row;

pub(super) const MARGIN: f64 = 16.0;
/// The height of a head.
pub(super) const HEAD_HEIGHT: f64 = 42.0;
/// The top of the heads.
const TOP: f64 = 16.0;
/// The width of a text column, which a diagram fills.
const WIDTH: f64 = 720.0;
/// The least and the greatest distance between two lanes.
const NARROW: f64 = 118.0;
const WIDE: f64 = 220.0;
/// The height of a row, with a detail and without.
const TALL: f64 = 52.0;
const LOW: f64 = 38.0;
/// The room for the legend.
const LEGEND: f64 = 40.0;

#[derive(Clone, Debug)]
pub(super) struct Place {
    lanes: usize,
    /// Where the arrow of each row is.
    ys: Vec<f64>,
    bottom: f64,
}

impl Place {
    pub(super) fn new(lanes: usize, rows: &[Row]) -> Self {
        let mut bottom = TOP + HEAD_HEIGHT + 4.0;
        let mut ys = Vec::with_capacity(rows.len());
        for row in rows {
            ys.push(bottom + 26.0);
            bottom += if row.detail.is_empty() { LOW } else { TALL };
        }
        Self { lanes, ys, bottom: bottom + 12.0 }
    }

    /// From one lane to the next.
    pub(super) fn gap(&self) -> f64 {
        let gaps = self.lanes.saturating_sub(1).max(1) as f64;
        ((WIDTH - 2.0 * MARGIN) / (gaps + 1.0)).clamp(NARROW, WIDE)
    }

    /// The width of a head.
    pub(super) fn head(&self) -> f64 {
        (self.gap() - 12.0).min(150.0)
    }

    pub(super) fn x(&self, lane: usize) -> f64 {
        let all = self.gap() * self.lanes.saturating_sub(1) as f64;
        (self.width() - all) / 2.0 + lane as f64 * self.gap()
    }

    pub(super) fn y(&self, row: usize) -> f64 {
        self.ys.get(row).copied().unwrap_or(self.bottom)
    }

    pub(super) const fn top() -> f64 {
        TOP
    }

    /// Where the lifelines end.
    pub(super) const fn bottom(&self) -> f64 {
        self.bottom
    }

    pub(super) fn width(&self) -> f64 {
        (self.gap() * self.lanes as f64 + 2.0 * MARGIN).max(WIDTH)
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom + LEGEND
    }
}
