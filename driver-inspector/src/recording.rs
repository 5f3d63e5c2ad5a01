//! The recording: what happened last, in all programs.

mod filter;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use crate::frame::{Record, Timeline, What};
use crate::view::Filter;

use filter::RecordFilter;

/// How many records are kept.
pub(crate) const KEPT: usize = 20_000;
/// How many a frame has.
const SHOWN: usize = 500;
/// To a page that has none yet: most of what it keeps.
const SHOWN_FIRST: usize = 3000;

#[derive(Debug, Default)]
pub(crate) struct Recording {
    records: VecDeque<Arc<Record>>,
    /// How many there have been.
    recorded: u64,
}

/// Part of the recording.
#[derive(Clone, Debug, Default)]
pub(crate) struct Excerpt {
    pub(crate) filter: Filter,
    /// The numbers of the first record and of the last.
    pub(crate) from: Option<u64>,
    pub(crate) to: Option<u64>,
    /// Whether values of messages are asked for.
    pub(crate) values: bool,
}

/// How far a page has read, and by which filter.
#[derive(Debug, Default)]
pub(crate) struct RecordingPosition {
    filter: Option<(Filter, bool)>,
    /// The number of the last record that it has passed.
    last: u64,
}

impl Recording {
    /// Adds what several programs have told, by the time at which it happened.
    pub(crate) fn add(&mut self, mut told: Vec<(Instant, Record)>) {
        told.sort_by_key(|(at, _)| *at);
        for (_, record) in told {
            self.recorded += 1;
            self.records.push_back(Arc::new(Record { number: self.recorded, ..record }));
        }
        let surplus = self.records.len().saturating_sub(KEPT);
        self.records.drain(..surplus);
    }

    /// What has been recorded of this, the oldest first.
    pub(crate) fn excerpt(&self, excerpt: &Excerpt) -> Vec<Arc<Record>> {
        let Excerpt { filter, from, to, values } = excerpt;
        let values = *values;
        let passing = RecordFilter::new(filter, values);
        let records = self.after(from.map_or(0, |from| from.saturating_sub(1)));
        let records = records.take_while(|record| to.is_none_or(|to| record.number <= to));
        records.filter(|record| passing.passes(record)).map(|record| shown(record, values)).collect()
    }

    /// What is new for a page that has this filter in sight; nothing, if nothing is.
    pub(crate) fn read(
        &self,
        reading: &mut RecordingPosition,
        filter: &Filter,
        values: bool,
    ) -> Option<Timeline> {
        let filter = (filter.clone(), values);
        let anew = reading.filter.as_ref() != Some(&filter);
        if anew {
            reading.last = 0;
        }
        let passing = RecordFilter::new(&filter.0, values);
        let records: Vec<_> = self.after(reading.last).filter(|record| passing.passes(record)).collect();
        (reading.last, reading.filter) = (self.recorded, Some(filter));
        let hidden = records.len().saturating_sub(if anew { SHOWN_FIRST } else { SHOWN });
        let records: Vec<_> = records[hidden..].iter().map(|record| shown(record, values)).collect();
        (anew || !records.is_empty()).then_some(Timeline { anew, records, hidden: hidden as u64 })
    }

    /// The records with numbers above this one.
    fn after(&self, number: u64) -> impl Iterator<Item = &Arc<Record>> {
        let first = self.recorded - self.records.len() as u64;
        let skipped = number.saturating_sub(first).min(self.records.len() as u64);
        self.records.range(skipped as usize..)
    }
}

impl RecordingPosition {
    /// The page has no time line in sight any more.
    pub(crate) fn end(&mut self) {
        *self = Self::default();
    }
}

/// A record as it is shown to somebody who has asked for values, or not.
fn shown(record: &Arc<Record>, values: bool) -> Arc<Record> {
    match values || record.text.is_none() || !is_message(record) {
        true => Arc::clone(record),
        false => Arc::new(Record { text: None, ..Record::clone(record) }),
    }
}

const fn is_message(record: &Record) -> bool {
    matches!(record.what, What::Sent | What::Delivered | What::Dropped)
}
