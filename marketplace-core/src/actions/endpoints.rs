//! The endpoints of a process by name.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use slab::Slab;

use super::Installed;
use crate::panic::{guarded_drop, guarded_drops};
use crate::{Level, Role, Value, sparing};

/// A name's state as the process sees it and as the VM does.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) level: Level,
    pub(super) name: Value,
    pub(super) asked: Option<Asked>,
    pub(super) installed: Option<Installed>,
}

/// An endpoint asked for; the numbers count up.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) role: Role,
    pub(super) number: u64,
}

/// Most processes have few endpoints: those are compared one by one, and take little memory.
#[derive(Debug, Default)]
pub(super) struct Endpoints {
    all: Slab<Endpoint>,
    /// Once there are more.
    places: Option<Box<Places>>,
}

/// Where the endpoint of a name is, by the name's digest.
#[derive(Debug, Default)]
struct Places {
    table: HashTable<(u64, usize)>,
    keys: RandomState,
}

/// The most endpoints that are found without hashing.
const COMPARED: usize = 8;

impl Endpoints {
    pub(super) const fn new() -> Self {
        Self { all: Slab::new(), places: None }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Endpoint> {
        self.all.iter().map(|(_, endpoint)| endpoint)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Endpoint> {
        self.all.iter_mut().map(|(_, endpoint)| endpoint)
    }

    pub(super) fn get(&self, level: Level, name: &Value) -> Option<&Endpoint> {
        self.all.get(self.find(level, name, self.digest(name))?)
    }

    /// The endpoint of that name, new if there is none.
    pub(super) fn entry(&mut self, level: Level, name: &Value) -> &mut Endpoint {
        let digest = self.digest(name);
        let place = self.find(level, name, digest).unwrap_or_else(|| self.insert(level, name, digest));
        &mut self.all[place]
    }

    /// Changes the endpoint of that name; one of which nothing is left goes.
    pub(super) fn change<T>(
        &mut self,
        level: Level,
        name: &Value,
        change: impl FnOnce(&mut Endpoint) -> Option<T>,
    ) -> Option<T> {
        let digest = self.digest(name);
        let place = self.find(level, name, digest)?;
        let endpoint = &mut self.all[place];
        let result = change(endpoint);
        if endpoint.asked.is_none() && endpoint.installed.is_none() {
            self.remove(place, digest);
        }
        result
    }

    fn digest(&self, name: &Value) -> u64 {
        self.places.as_ref().map_or(0, |places| places.keys.hash_one(name))
    }

    fn find(&self, level: Level, name: &Value, digest: u64) -> Option<usize> {
        let is_it = |endpoint: &Endpoint| endpoint.level == level && endpoint.name == *name;
        match &self.places {
            None => self.all.iter().find(|(_, endpoint)| is_it(endpoint)).map(|(place, _)| place),
            Some(places) => {
                let found = places.table.find(digest, |(_, place)| is_it(&self.all[*place]));
                found.map(|(_, place)| *place)
            }
        }
    }

    fn insert(&mut self, level: Level, name: &Value, mut digest: u64) -> usize {
        if self.all.len() == COMPARED && self.places.is_none() {
            self.places = Some(Box::new(Places::of(&self.all)));
            digest = self.digest(name);
        }
        let endpoint = Endpoint { level, name: name.clone(), asked: None, installed: None };
        let place = sparing::insert(&mut self.all, endpoint);
        if let Some(places) = &mut self.places {
            places.insert(digest, place);
        }
        place
    }

    fn remove(&mut self, place: usize, digest: u64) {
        if let Some(places) = &mut self.places
            && let Ok(found) = places.table.find_entry(digest, |(_, other)| *other == place)
        {
            found.remove();
        }
        guarded_drop(self.all.remove(place), "an endpoint");
        if self.all.is_empty() && self.places.is_some() {
            *self = Self::new();
        }
    }
}

impl Places {
    fn of(endpoints: &Slab<Endpoint>) -> Self {
        let mut places = Self::default();
        for (place, endpoint) in endpoints {
            places.insert(places.keys.hash_one(&endpoint.name), place);
        }
        places
    }

    fn insert(&mut self, digest: u64, place: usize) {
        self.table.insert_unique(digest, (digest, place), |(digest, _)| *digest);
    }
}

impl Drop for Endpoints {
    fn drop(&mut self) {
        guarded_drops(self.all.drain(), "an endpoint");
    }
}
