//! The steps: the records that are drawn at one height.

use crate::frame::{Record, What};

/// A message and its deliveries, or any other record.
#[derive(Clone, Debug)]
pub(super) struct Step<'a> {
    pub(super) records: Vec<&'a Record>,
}

impl<'a> Step<'a> {
    pub(super) fn first(&self) -> &'a Record {
        self.records[0]
    }
}

/// The steps of these records. The records about one message are one step, as long as no other record is between them.
pub(super) fn steps<'a>(records: &[&'a Record]) -> Vec<Step<'a>> {
    let mut steps: Vec<Step<'a>> = Vec::new();
    for record in records {
        match steps.last_mut() {
            Some(step) if goes_on(step, record) => step.records.push(record),
            _ => steps.push(Step { records: vec![record] }),
        }
    }
    steps
}

fn goes_on(step: &Step<'_>, record: &Record) -> bool {
    let is_end = matches!(record.what, What::Delivered | What::Dropped);
    is_end && record.message.is_some() && record.message == step.first().message
}
