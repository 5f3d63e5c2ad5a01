//! Records as a sequence diagram in SVG, for example for a bug report: a vertical line for each process, and time runs down.

mod bar;
mod brief;
mod drawing;
mod lane;
mod step;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use brief::brief;

use crate::frame::Record;

/// The most records that are drawn. Of more, the last ones.
const RECORDS: usize = 2000;

/// The diagram of `records`, in their order.
pub(crate) fn diagram(records: &[Arc<Record>], title: &str) -> String {
    let left_out = records.len().saturating_sub(RECORDS);
    let records: Vec<&Record> = records[left_out..].iter().map(|record| &**record).collect();
    let steps = step::steps(&records);
    let lanes = lane::Lanes::new(&steps);
    let bars = bar::bars(&steps, &lanes);
    drawing::draw(title, &steps, &lanes, &bars, left_out)
}
