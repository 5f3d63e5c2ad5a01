//! The services that a matcher's process keeps: how many peers demand each, and how far it is.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use crate::{Pid, Value};

/// The services that are demanded, and those that have still to finish.
pub(super) struct Services<K> {
    /// The process that counts: the counts of one that is gone mean nothing to the next.
    owner: Option<Pid>,
    by_key: HashMap<K, Service>,
}

struct Service {
    peers: usize,
    stage: Stage,
    /// Names the demand that the server is made for.
    demand: Value,
}

/// How far a service is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It is demanded, and has a server.
    Served,
    /// It is demanded no more, unless somebody comes within a round.
    Left,
    /// It is demanded no more, and its server finishes.
    Finishing,
    /// It is demanded anew, while the server that it had finishes.
    Awaited,
    /// It is demanded, and its server has ended all the same: another one needs new demand.
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

    /// Counts one more peer; the demand for which a server is to be made, if so.
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

    /// Counts one peer less; the demand that has gone, if it was the last.
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

    /// A round has passed since a demand went: whether its server is to finish.
    pub(super) fn release(&mut self, key: &K, demand: &Value) -> bool {
        let Some(service) = self.get(key, demand).filter(|service| service.stage == Stage::Left) else {
            return false;
        };
        service.stage = Stage::Finishing;
        true
    }

    /// The server of a demand has ended; the demand for which another is to be made, if so.
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
