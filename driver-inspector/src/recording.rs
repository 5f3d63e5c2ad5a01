//! The recording: the latest records of all programs.

mod filter;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use crate::frame::{Record, Timeline, What};
use crate::view::Filter;

use filter::RecordFilter;

/// How many records are kept.
pub(crate) const KEPT: usize = 20_000;
/// The most records in a frame.
const SHOWN: usize = 500;
/// The most records in the first frame of a page, or after its filter has changed.
const SHOWN_FIRST: usize = 3000;

#[derive(Debug, Default)]
pub(crate) struct Recording {
    records: VecDeque<Arc<Record>>,
    /// How many records there have been in all.
    recorded: u64,
}

/// Which part of the recording is requested.
#[derive(Clone, Debug, Default)]
pub(crate) struct Excerpt {
    pub(crate) filter: Filter,
    /// The numbers of the first and of the last record.
    pub(crate) from: Option<u64>,
    pub(crate) to: Option<u64>,
    /// Whether to include the values of messages.
    pub(crate) values: bool,
}

/// How far a page has read, and with which filter.
#[derive(Debug, Default)]
pub(crate) struct RecordingPosition {
    filter: Option<(Filter, bool)>,
    /// The number of the last record that it has read or skipped.
    last: u64,
}

impl Recording {
    /// Adds records of several programs, in the order of their times.
    pub(crate) fn add(&mut self, mut records: Vec<(Instant, Record)>) {
        records.sort_by_key(|(at, _)| *at);
        for (_, record) in records {
            self.recorded += 1;
            self.records.push_back(Arc::new(Record { number: self.recorded, ..record }));
        }
        let surplus = self.records.len().saturating_sub(KEPT);
        self.records.drain(..surplus);
    }

    /// A part of the recording, the oldest record first.
    pub(crate) fn excerpt(&self, excerpt: &Excerpt) -> Vec<Arc<Record>> {
        let Excerpt { filter, from, to, values } = excerpt;
        let values = *values;
        let passing = RecordFilter::new(filter, values);
        let records = self.after(from.map_or(0, |from| from.saturating_sub(1)));
        let records = records.take_while(|record| to.is_none_or(|to| record.number <= to));
        records.filter(|record| passing.passes(record)).map(|record| shown(record, values)).collect()
    }

    /// What is new for a page with this filter. `None` if nothing is.
    pub(crate) fn read(
        &self,
        reading: &mut RecordingPosition,
        filter: &Filter,
        values: bool,
    ) -> Option<Timeline> {
        let filter = (filter.clone(), values);
        let is_reset = reading.filter.as_ref() != Some(&filter);
        if is_reset {
            reading.last = 0;
        }
        let passing = RecordFilter::new(&filter.0, values);
        let records: Vec<_> = self.after(reading.last).filter(|record| passing.passes(record)).collect();
        (reading.last, reading.filter) = (self.recorded, Some(filter));
        let hidden = records.len().saturating_sub(if is_reset { SHOWN_FIRST } else { SHOWN });
        let records: Vec<_> = records[hidden..].iter().map(|record| shown(record, values)).collect();
        (is_reset || !records.is_empty()).then_some(Timeline { is_reset, records, hidden: hidden as u64 })
    }

    /// The records with greater numbers.
    fn after(&self, number: u64) -> impl Iterator<Item = &Arc<Record>> {
        let first = self.recorded - self.records.len() as u64;
        let skipped = number.saturating_sub(first).min(self.records.len() as u64);
        self.records.range(skipped as usize..)
    }
}

impl RecordingPosition {
    /// The page does not show the time line any more.
    pub(crate) fn end(&mut self) {
        *self = Self::default();
    }
}

/// A record, without the value of its message unless `values` are requested.
fn shown(record: &Arc<Record>, values: bool) -> Arc<Record> {
    match values || record.text.is_none() || !is_message(record) {
        true => Arc::clone(record),
        false => Arc::new(Record { text: None, ..Record::clone(record) }),
    }
}

const fn is_message(record: &Record) -> bool {
    matches!(record.what, What::Sent | What::Delivered | What::Dropped)
}
