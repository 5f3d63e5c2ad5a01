//! The steps of time: what is drawn at one height.

use crate::frame::{Record, What};

/// A message on its way to all who get it at once, or anything else that happens.
#[derive(Clone, Debug)]
pub(super) struct Step<'a> {
    pub(super) records: Vec<&'a Record>,
}

impl<'a> Step<'a> {
    pub(super) fn first(&self) -> &'a Record {
        self.records[0]
    }
}

/// The steps of these records. What happens to a message is one step, as long as nothing else comes between.
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
