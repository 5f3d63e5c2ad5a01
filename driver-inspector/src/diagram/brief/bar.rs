//! The bars: how long a process knows that a peer is present.

use std::collections::{HashMap, HashSet};

use crate::frame::Number;

/// From the row in which a process is told of a peer to the row in which it is told that the peer is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) process: Number,
    pub(super) from: usize,
    pub(super) to: Option<usize>,
}

#[derive(Debug, Default)]
pub(super) struct Bars {
    pub(super) bars: Vec<Bar>,
    /// Those that go on, by the process and its peer.
    open: HashMap<[Number; 2], Open>,
}

/// The endpoints of a process and of its peer.
type Endpoints = (Option<u64>, Option<u64>);

/// A bar that goes on as long as any of these endpoints has the other as a peer.
#[derive(Debug)]
struct Open {
    bar: usize,
    endpoints: HashSet<Endpoints>,
}

impl Bars {
    pub(super) fn begin(&mut self, [process, peer]: [Number; 2], endpoints: Endpoints, row: usize) {
        let bars = &mut self.bars;
        let open = self.open.entry([process, peer]).or_insert_with(|| {
            bars.push(Bar { process, from: row, to: None });
            Open { bar: bars.len() - 1, endpoints: HashSet::new() }
        });
        open.endpoints.insert(endpoints);
    }

    pub(super) fn end(&mut self, pair: [Number; 2], endpoints: Endpoints, row: usize) {
        let Some(open) = self.open.get_mut(&pair) else { return };
        open.endpoints.remove(&endpoints);
        if open.endpoints.is_empty() {
            self.bars[open.bar].to = Some(row);
            self.open.remove(&pair);
        }
    }

    /// Ends those of a process that has ended.
    pub(super) fn end_all(&mut self, process: Number, row: usize) {
        let bars = self.bars.iter_mut().filter(|bar| bar.process == process && bar.to.is_none());
        bars.for_each(|bar| bar.to = Some(row));
        self.open.retain(|[it, _], _| *it != process);
    }
}
