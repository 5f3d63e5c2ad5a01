//! Records as a short sequence diagram, for use in a text: which process does what, in order.
//!
//! It has no times, Pids or topics, so that the same program gives the same picture. It shows a presence or an absence
//! only if a handler is called for it, and it leaves out when endpoints are added and deleted.

mod bar;
mod drawing;
mod lane;
mod legend;
mod place;
mod quote;
mod row;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::frame::{Number, Record};

/// The most rows. Further records are left out.
const ROWS: usize = 60;

/// The diagram of `records`, in their order. If `quote` is not empty, only the string of a message's value that contains it
/// is shown. `vm_name` returns the name of a VM.
pub(crate) fn brief(
    records: &[Arc<Record>],
    title: &str,
    quote: &str,
    vm_name: &dyn Fn(Number) -> String,
) -> String {
    let mut rows = row::Rows::default();
    for record in records {
        if rows.rows.len() == ROWS {
            break;
        }
        rows.add(record, quote);
    }
    let lanes = lane::Lanes::new(&rows);
    drawing::draw(title, &rows, &lanes, vm_name)
}
