//! The demands of a matcher's process: how many peers there are for each, and the state of its server.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::Duration;

use futures::future::AbortHandle;

use crate::Pid;
use crate::limits::{Limits, Random};

/// The demands that exist, and a count of all demands so far.
pub(super) struct Demands<K> {
    /// The process that counts. The counts of a process that is gone mean nothing to the next one.
    owner: Option<Pid>,
    by_key: HashMap<K, Demand>,
    generation: u64,
    random: Option<Random>,
}

/// The demand for one server.
struct Demand {
    peers: usize,
    generation: u64,
    server: Option<Pid>,
    /// `None` until the server has failed.
    restarts: Option<Box<Restarts>>,
}

/// The restarts of one server.
#[derive(Default)]
pub(super) struct Restarts {
    /// The failures since the server last lived for long enough.
    pub(super) failures: u32,
    /// The restarts that count, the oldest one first.
    pub(super) recent: VecDeque<CancelOnDrop>,
    /// Waits to restart the server, or, if it is running, until it has lived for long enough.
    pub(super) wait: Option<CancelOnDrop>,
}

/// Cancels a wait when it is dropped.
pub(super) struct CancelOnDrop(pub(super) AbortHandle);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What to do about a server that has failed.
pub(super) enum Verdict {
    /// The demand is gone.
    Nothing,
    /// Restart it after this delay.
    Again(Duration),
    GiveUp,
}

impl<K> Default for Demands<K> {
    fn default() -> Self {
        Self { owner: None, by_key: HashMap::new(), generation: 0, random: None }
    }
}

impl<K: Eq + Hash + Clone> Demands<K> {
    /// The demands that `process` has seen.
    pub(super) fn of(&mut self, process: &Pid) -> &mut Self {
        if self.owner.as_ref() != Some(process) {
            self.owner = Some(process.clone());
            self.by_key.clear();
        }
        self
    }

    /// Counts one more peer. If it is the first, returns the generation of the server to start.
    pub(super) fn arrive(&mut self, key: &K) -> Option<u64> {
        if let Some(demand) = self.by_key.get_mut(key) {
            demand.peers += 1;
            return None;
        }
        self.generation += 1;
        let demand = Demand { peers: 1, generation: self.generation, server: None, restarts: None };
        self.by_key.insert(key.clone(), demand);
        Some(self.generation)
    }

    /// Counts one peer less. If it was the last, returns the server to end.
    pub(super) fn depart(&mut self, key: &K) -> Option<Pid> {
        let demand = self.by_key.get_mut(key)?;
        demand.peers -= 1;
        if demand.peers > 0 {
            return None;
        }
        self.by_key.remove(key)?.server
    }

    /// Records a server. If its demand is gone, the server is returned, to be ended.
    pub(super) fn serve(&mut self, key: &K, generation: u64, server: Pid) -> Option<Pid> {
        match self.get(key, generation) {
            Some(demand) => {
                demand.server = Some(server);
                None
            }
            None => Some(server),
        }
    }

    /// Records that a server has failed.
    pub(super) fn fail(&mut self, key: &K, generation: u64, limits: &Limits) -> Verdict {
        let random = self.random.get_or_insert_with(|| limits.random());
        let Some(demand) = self.by_key.get_mut(key).filter(|demand| demand.generation == generation) else {
            return Verdict::Nothing;
        };
        let restarts = demand.restarts.get_or_insert_default();
        if !limits.allow(restarts.recent.len()) {
            // There is nothing left to wait for.
            demand.restarts = None;
            return Verdict::GiveUp;
        }
        let delay = limits.delay(restarts.failures, random);
        restarts.failures = restarts.failures.saturating_add(1);
        Verdict::Again(delay)
    }

    /// The restarts of a server that has failed, while its demand lasts.
    pub(super) fn restarts(&mut self, key: &K, generation: u64) -> Option<&mut Restarts> {
        self.get(key, generation)?.restarts.as_deref_mut()
    }

    fn get(&mut self, key: &K, generation: u64) -> Option<&mut Demand> {
        self.by_key.get_mut(key).filter(|demand| demand.generation == generation)
    }
}
