//! Records as a short sequence diagram, to be shown in a text: who does what, in order.
//!
//! It has no times, no Pids and no addresses, so that the same program gives the same picture. It shows a presence or an
//! absence only where a handler is called for it, and leaves out endpoints: they are what presences come from.

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

/// The diagram of `records`, in their order. Of a message's value only the string with `quote` in it is shown, if there
/// is a `quote`. `vm_name` is what the VM with this number is called.
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
