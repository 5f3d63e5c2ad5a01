//! Updates the model by the trace events in the programs' buffers.

use std::collections::HashSet;
use std::time::Instant;

use marketplace_core::Orientation;

use super::Model;
use crate::buffer::{Batch, Entry, TracedEvent};
use crate::delivery::Delivery;
use crate::frame::{Number, Record, What};
use crate::loss::Losses;
use crate::panic::discard;
use crate::record::RecordBuilder;
use crate::recording::KEPT;

impl Model {
    /// Takes a batch from each buffer, and handles it.
    pub(super) fn update(&mut self) {
        let mut records = Vec::new();
        let batches: Vec<_> =
            self.programs.values_mut().map(|program| (program.ground, program.take())).collect();
        for (ground, batch) in batches {
            self.count(ground, &batch);
            self.apply(ground, batch.entries, &mut records);
        }
        self.recording.add(records);
    }

    pub(super) fn update_from(&mut self, ground: Number, entries: Vec<Entry>) {
        let mut records = Vec::new();
        self.apply(ground, entries, &mut records);
        self.recording.add(records);
    }

    fn count(&mut self, ground: Number, batch: &Batch) {
        self.skipped += batch.skipped;
        self.happened += batch.counted.happened;
        for (message_type, counted) in &batch.counted.types {
            self.history.count_type(*message_type, counted);
        }
        for (path, count) in &batch.counted.vms {
            if let Some(vm) = self.tree.find_vm(ground, path) {
                self.history.count_vm(vm, *count);
            }
        }
    }

    fn apply(&mut self, ground: Number, entries: Vec<Entry>, records: &mut Vec<(Instant, Record)>) {
        let mut losses = Losses::default();
        // Older entries would be pushed out of the recording at once.
        let surplus = entries.len().saturating_sub(KEPT);
        self.skipped += surplus as u64;
        let mut has_lost = false;
        for (place, entry) in entries.into_iter().enumerate() {
            let vm = self.tree.apply(ground, &entry);
            // Its VM is unknown, because an entry about the VM was lost.
            has_lost |= vm.is_none();
            let record =
                vm.filter(|_| place >= surplus).and_then(|vm| self.record(ground, vm, &entry, &mut losses));
            if let Some(record) = record {
                self.light(&record, &entry);
                records.push((entry.at, record));
            }
            discard(entry);
        }
        if let Some(program) = self.programs.get_mut(&ground).filter(|_| has_lost) {
            program.lose();
        }
    }

    fn record(&self, ground: Number, vm: Number, entry: &Entry, losses: &mut Losses) -> Option<Record> {
        let builder = RecordBuilder { tree: &self.tree, vm, begun: self.begun, messages: ground << 32 };
        let mut record = builder.record(entry)?;
        if let TracedEvent::Dropped(sent) = &entry.event {
            record.reason = losses.reason(&self.tree, vm, sent);
        }
        Some(record)
    }

    /// Highlights the edge of a message that was delivered.
    fn light(&mut self, record: &Record, entry: &Entry) {
        if let (
            Record { what: What::Delivered, vm, process, peer: Some(peer), .. },
            TracedEvent::Delivered { message, .. },
        ) = (record, &entry.event)
        {
            let is_feedback = message.orientation == Orientation::Subscriber;
            let (publisher, subscriber) = if is_feedback { (*process, *peer) } else { (*peer, *process) };
            let message_type = message.message_type;
            self.deliveries.add(Delivery { vm: *vm, publisher, subscriber, message_type, is_feedback });
        }
    }

    /// Finds the processes that are in a turn that does not end.
    pub(super) fn find_stuck(&mut self, now: Instant) {
        let mut stuck = HashSet::new();
        for program in self.programs.values().filter(|program| program.counting.is_stuck(now)) {
            stuck.insert(program.ground);
            stuck.extend(self.tree.at_work(program.ground));
        }
        if stuck != self.stuck.0 {
            self.stuck.0 = stuck;
            self.tree.touch();
        }
    }
}
