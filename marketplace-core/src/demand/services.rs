//! The services of a matcher's process: how many peers demand each service, and its stage.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use crate::{Pid, Value};

/// The services that are demanded, and those that are still finishing.
pub(super) struct Services<K> {
    /// The process that counts. The counts of a process that is gone mean nothing to the next one.
    owner: Option<Pid>,
    by_key: HashMap<K, Service>,
}

struct Service {
    peers: usize,
    stage: Stage,
    /// Names the demand for which the server was made.
    demand: Value,
}

/// The stage of a service.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It is demanded, and has a server.
    Served,
    /// It is no longer demanded, unless a peer arrives within a round.
    Left,
    /// It is no longer demanded, and its server is finishing.
    Finishing,
    /// It is demanded again, while its former server is finishing.
    Awaited,
    /// It is demanded, but its server has ended. Another server needs new demand.
    Ended,
}

impl<K> Default for Services<K> {
    fn default() -> Self {
        Self { owner: None, by_key: HashMap::new() }
    }
}

impl<K: Eq + Hash + Clone> Services<K> {
    /// The services that `process` keeps.
    pub(super) fn of(&mut self, process: &Pid) -> &mut Self {
        if self.owner.as_ref() != Some(process) {
            self.owner = Some(process.clone());
            self.by_key.clear();
        }
        self
    }

    /// Counts one more peer. Returns the demand if a server is to be started for it.
    pub(super) fn arrive(&mut self, key: &K) -> Option<Value> {
        match self.by_key.entry(key.clone()) {
            Entry::Vacant(vacant) => {
                let demand = Value::unique("demand");
                vacant.insert(Service { peers: 1, stage: Stage::Served, demand: demand.clone() });
                Some(demand)
            }
            Entry::Occupied(mut occupied) => {
                let service = occupied.get_mut();
                service.peers += 1;
                service.stage = match service.stage {
                    Stage::Left => Stage::Served,
                    Stage::Finishing => Stage::Awaited,
                    stage => stage,
                };
                None
            }
        }
    }

    /// Counts one peer less. Returns the demand if it was the last peer.
    pub(super) fn depart(&mut self, key: &K) -> Option<Value> {
        let service = self.by_key.get_mut(key)?;
        service.peers -= 1;
        if service.peers > 0 {
            return None;
        }
        match service.stage {
            Stage::Served => {
                service.stage = Stage::Left;
                return Some(service.demand.clone());
            }
            Stage::Awaited => service.stage = Stage::Finishing,
            Stage::Ended | Stage::Left | Stage::Finishing => {
                self.by_key.remove(key);
            }
        }
        None
    }

    /// A round has passed since the last peer left. Returns whether the server is to finish.
    pub(super) fn release(&mut self, key: &K, demand: &Value) -> bool {
        let Some(service) = self.get(key, demand).filter(|service| service.stage == Stage::Left) else {
            return false;
        };
        service.stage = Stage::Finishing;
        true
    }

    /// The server of a demand has ended. Returns a new demand if another server is to be started.
    pub(super) fn end(&mut self, key: &K, demand: &Value) -> Option<Value> {
        let service = self.get(key, demand)?;
        match service.stage {
            Stage::Served => service.stage = Stage::Ended,
            Stage::Awaited => {
                service.stage = Stage::Served;
                service.demand = Value::unique("demand");
                return Some(service.demand.clone());
            }
            Stage::Left | Stage::Finishing | Stage::Ended => {
                self.by_key.remove(key);
            }
        }
        None
    }

    fn get(&mut self, key: &K, demand: &Value) -> Option<&mut Service> {
        self.by_key.get_mut(key).filter(|service| service.demand == *demand)
    }
}
