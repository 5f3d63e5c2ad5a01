//! The numbers: rates, and counts of what exists.

use std::sync::Arc;

use serde::Serialize;

use super::Number;

/// The numbers: rates, and counts of what exists.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Numbers {
    /// One entry for each second: the last five minutes in the first frame, then what is new.
    pub(crate) seconds: Vec<Second>,
    /// Since the program began.
    pub(crate) total: Totals,
    /// At most 100, the busiest first.
    pub(crate) vms: Vec<VmRates>,
    /// At most 100, the busiest first; counted only while a page is open.
    pub(crate) types: Vec<TypeRates>,
}

/// One second.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Second {
    pub(crate) time: f64,
    /// Rates per second.
    pub(crate) messages: f64,
    pub(crate) deliveries: f64,
    pub(crate) dropped: f64,
    pub(crate) turns: f64,
    /// Counts at its end.
    pub(crate) processes: usize,
    pub(crate) endpoints: usize,
    pub(crate) pending: usize,
}

impl Second {
    /// Adds the numbers of another program at the same time.
    pub(crate) fn add(&mut self, other: &Self) {
        self.messages += other.messages;
        self.deliveries += other.deliveries;
        self.dropped += other.dropped;
        self.turns += other.turns;
        self.processes += other.processes;
        self.endpoints += other.endpoints;
        self.pending += other.pending;
    }
}

#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Totals {
    pub(crate) messages: u64,
    pub(crate) deliveries: u64,
    pub(crate) dropped: u64,
    pub(crate) turns: u64,
    pub(crate) crashes: u64,
    pub(crate) restarts: u64,
    pub(crate) processes: usize,
    pub(crate) endpoints: usize,
    pub(crate) pending: usize,
}

/// A VM, without the VMs nested in it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct VmRates {
    pub(crate) vm: Number,
    pub(crate) name: String,
    pub(crate) now: Second,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct TypeRates {
    #[serde(rename = "type")]
    pub(crate) message_type: Arc<str>,
    /// Rates per second.
    pub(crate) messages: f64,
    pub(crate) deliveries: f64,
    pub(crate) dropped: f64,
    /// Since the first of the open pages was opened.
    pub(crate) total: u64,
}
