//! The lanes: a vertical line for each process, from its start to its end.

use std::collections::HashMap;

use super::step::Step;
use crate::frame::{Number, Party, What};

/// The most processes with a lane of their own. The others share one.
const LANES: usize = 40;

#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// In the order in which the processes appear.
    pub(super) lanes: Vec<Lane>,
    index: HashMap<Number, usize>,
}

#[derive(Debug, Default)]
pub(super) struct Lane {
    /// The process. `None` for the lane that the others share.
    pub(super) process: Option<Number>,
    pub(super) name: String,
    /// The steps in which it starts and ends, if they are among the steps.
    pub(super) start: Option<usize>,
    pub(super) end: Option<usize>,
}

impl Lanes {
    pub(super) fn new(steps: &[Step<'_>]) -> Self {
        let mut lanes = Self::default();
        for (at, step) in steps.iter().enumerate() {
            for record in &step.records {
                // The sender first.
                let peer = record.peer_party();
                if let Some(peer) = peer.filter(|_| record.what == What::Delivered) {
                    lanes.add(peer);
                }
                let own = lanes.add(record.party());
                if let Some(peer) = peer {
                    lanes.add(peer);
                }
                let lane = &mut lanes.lanes[own];
                match record.what {
                    _ if lane.process.is_none() => {}
                    What::Started => lane.start = Some(at),
                    What::Left | What::Failed => lane.end = Some(at),
                    _ => {}
                }
            }
        }
        lanes.name_the_rest();
        lanes
    }

    /// The index of a process' lane.
    pub(super) fn of(&self, process: Number) -> usize {
        self.index.get(&process).copied().unwrap_or(0)
    }

    /// How many processes there are.
    pub(super) fn processes(&self) -> usize {
        self.index.len()
    }

    fn add(&mut self, Party { process, name, .. }: Party<'_>) -> usize {
        if let Some(at) = self.index.get(&process) {
            return *at;
        }
        let at = self.index.len().min(LANES);
        self.index.insert(process, at);
        if at == self.lanes.len() {
            let process = (at < LANES).then_some(process);
            self.lanes.push(Lane { process, name: name.to_owned(), ..Lane::default() });
        }
        at
    }

    fn name_the_rest(&mut self) {
        let others = self.index.len().saturating_sub(LANES);
        if let Some(rest) = self.lanes.get_mut(LANES) {
            rest.name = format!("{others} others");
        }
    }
}
