//! The bars of presence: from when an endpoint is told of a peer until it is told that the peer is gone.

use std::collections::HashMap;

use super::lane::Lanes;
use super::step::Step;
use crate::frame::{Number, What};

/// The most bars side by side. Further ones are drawn over the last.
const SLOTS: usize = 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) lane: usize,
    /// How many bars are between it and the line of its lane.
    pub(super) slot: usize,
    /// The steps in which it begins and ends. `None` if that is not among the steps.
    pub(super) from: Option<usize>,
    pub(super) to: Option<usize>,
}

/// The processes and endpoints of a presence.
type Key = (Number, Option<Number>, Option<u64>, Option<u64>);

pub(super) fn bars(steps: &[Step<'_>], lanes: &Lanes) -> Vec<Bar> {
    let mut bars: Vec<Bar> = Vec::new();
    let mut open: HashMap<Key, usize> = HashMap::new();
    for (at, step) in steps.iter().enumerate() {
        let record = step.first();
        let key = (record.process, record.peer, record.endpoint, record.peer_endpoint);
        match record.what {
            What::Presence => {
                let bar = Bar { lane: lanes.of(record.party().process), slot: 0, from: Some(at), to: None };
                open.insert(key, bars.len());
                bars.push(bar);
            }
            What::Absence => match open.remove(&key) {
                Some(bar) => bars[bar].to = Some(at),
                // The presence began before the first record.
                None => bars.push(Bar {
                    lane: lanes.of(record.party().process),
                    slot: 0,
                    from: None,
                    to: Some(at),
                }),
            },
            _ => {}
        }
    }
    bars.sort_by_key(|bar| (bar.lane, bar.from));
    put_side_by_side(&mut bars);
    bars
}

/// Puts each bar into the first slot that is free at its height.
fn put_side_by_side(bars: &mut [Bar]) {
    let mut lane = usize::MAX;
    // Where the last bar in each slot ends.
    let mut ends = [None::<usize>; SLOTS];
    for bar in bars {
        if bar.lane != lane {
            (lane, ends) = (bar.lane, [None; SLOTS]);
        }
        let from = bar.from.map_or(0, |from| from + 1);
        bar.slot = ends.iter().position(|end| end.is_none_or(|end| end < from)).unwrap_or(SLOTS - 1);
        ends[bar.slot] = Some(bar.to.map_or(usize::MAX, |to| to + 1));
    }
}
