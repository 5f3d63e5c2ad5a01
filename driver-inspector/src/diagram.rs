//! Records as a sequence diagram, in SVG, fit for a bug report.

use std::sync::Arc;

use crate::frame::Record;

/// The diagram of `records`, in their order.
pub(crate) fn diagram(records: &[Arc<Record>], title: &str) -> String {
    let _ = (records, title);
    String::new()
}
