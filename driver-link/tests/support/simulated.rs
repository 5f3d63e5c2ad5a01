//! Grounds and a network, all moved by hand.

use std::collections::BTreeSet;

use driver_link::Link;
use marketplace_core::Ground;
use marketplace_testing::TestProgram;

use super::{Network, Way};

/// A [`Network`] that delivers everything, always in the same order.
#[derive(Default)]
pub(crate) struct Simulated {
    pub(crate) network: Network,
    frozen: BTreeSet<usize>,
    /// The grounds whose end has been reported to the others.
    gone: BTreeSet<usize>,
}

impl Way for Simulated {
    const SHARES_REASONS: bool = true;

    fn start(&mut self, ground: Ground, link: Link) -> anyhow::Result<TestProgram> {
        Ok(self.start_joined(ground, link.join(self.network.transport())))
    }

    fn flow(&mut self, grounds: &[&TestProgram]) -> anyhow::Result<()> {
        loop {
            grounds.iter().for_each(|ground| ground.settle());
            let mut has_moved = false;
            for (from, to) in self.pairs() {
                while !self.frozen.contains(&to) && self.network.deliver(from, to) {
                    has_moved = true;
                }
            }
            has_moved |= self.tell_who_has_gone();
            if !has_moved {
                return Ok(());
            }
        }
    }

    fn freeze(&mut self, number: usize, _: &TestProgram) -> anyhow::Result<()> {
        self.frozen.insert(number);
        Ok(())
    }

    fn thaw(&mut self, number: usize) -> anyhow::Result<()> {
        self.frozen.remove(&number);
        Ok(())
    }
}

impl Simulated {
    /// Starts a ground whose link has joined the network, and lets it meet the others.
    pub(crate) fn start_joined(&mut self, ground: Ground, link: Link) -> TestProgram {
        let program = TestProgram::by_hand(ground.spawn(link.spawn()));
        if let Some(new) = self.network.stations().checked_sub(1) {
            for other in (0..new).filter(|other| !self.network.has_left(*other)) {
                self.network.meet(new, other);
                self.network.meet(other, new);
            }
        }
        program
    }

    fn pairs(&self) -> Vec<(usize, usize)> {
        let stations = 0..self.network.stations();
        stations.clone().flat_map(|from| stations.clone().map(move |to| (from, to))).collect()
    }

    /// After everything that it has sent has arrived.
    fn tell_who_has_gone(&mut self) -> bool {
        let mut has_told = false;
        for gone in (0..self.network.stations()).filter(|station| self.network.has_left(*station)) {
            if self.gone.insert(gone) {
                (0..self.network.stations()).for_each(|other| self.network.lose(other, gone, "it is gone"));
                has_told = true;
            }
        }
        has_told
    }
}
