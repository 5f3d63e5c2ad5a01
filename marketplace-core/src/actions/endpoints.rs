//! The endpoints of a process, by number and by name.

use std::hash::{BuildHasher, RandomState};
use std::mem;

use hashbrown::HashTable;
use slab::Slab;

use crate::panic::{guarded_drop, guarded_drops};
use crate::{Level, Role, Token, Value, compact};

/// The number of an endpoint within its process. It is used again once the endpoint is gone.
pub(crate) type EndpointKey = usize;

/// The endpoints that a process has requested and that are not gone yet. Most processes have few.
#[derive(Debug, Default)]
pub(crate) struct Endpoints(Option<Box<Table>>);

#[derive(Debug, Default)]
struct Table {
    all: Slab<Endpoint>,
    /// By name, if there are too many to compare them one by one.
    names: Option<Box<Names>>,
}

type Names = (HashTable<EndpointKey>, RandomState);

#[derive(Debug)]
struct Endpoint {
    level: Level,
    name: Value,
    /// Whether the process has not requested its deletion. While it has not, the name refers to this endpoint.
    is_requested: bool,
    installed: Installed,
}

/// An endpoint as its VM knows it.
#[derive(Debug)]
pub(crate) struct Installed {
    /// Counts the endpoints of the VM in the order in which they were requested, which is the order of their
    /// creation.
    pub(crate) serial: u64,
    pub(crate) role: Role,
    pub(crate) place: Place,
}

/// Where the VM keeps an endpoint.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// Nowhere yet.
    Nowhere,
    /// In its own routing index, with the endpoints that have the same topic.
    Here(usize),
    /// In the containing VM, with this token since its last update.
    Outside(Token),
}

/// The largest number of endpoints that are found without hashing.
const COMPARED: usize = 8;

/// The process' side: what it has requested.
impl Endpoints {
    /// The endpoints that the process has or will have, in the order in which it requested them.
    pub(super) fn requested(&self) -> impl Iterator<Item = (Level, &Value, &Role)> {
        let requested = self.in_order().filter(|endpoint| endpoint.is_requested);
        requested.map(|endpoint| (endpoint.level, &endpoint.name, &endpoint.installed.role))
    }

    pub(super) fn find(&self, level: Level, name: &Value) -> Option<(EndpointKey, &Role)> {
        let table = self.0.as_ref()?;
        let id = table.find(level, name)?;
        Some((id, &table.all[id].installed.role))
    }

    /// Records the request for an endpoint whose name is not in use.
    pub(super) fn request(&mut self, level: Level, name: Value, role: Role, serial: u64) -> EndpointKey {
        let table = self.0.get_or_insert_default();
        let installed = Installed { serial, role, place: Place::Nowhere };
        let id = compact::insert(&mut table.all, Endpoint { level, name, is_requested: false, installed });
        table.request(id);
        id
    }

    /// Records the request to delete the endpoint with this name.
    pub(super) fn request_deletion(&mut self, level: Level, name: &Value) -> Option<EndpointKey> {
        let table = self.0.as_mut()?;
        let id = table.find(level, name)?;
        table.request_deletion(id);
        Some(id)
    }

    /// Takes back the request to delete an endpoint.
    pub(super) fn undo_deletion(&mut self, id: EndpointKey) {
        if let Some(table) = &mut self.0 {
            table.request(id);
        }
    }
}

/// The VM's side: the endpoints that exist. No name is hashed or compared here, except when a wrapper takes back an
/// action. Names are users' values, whose `Hash` and `Eq` are users' code.
impl Endpoints {
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The endpoints that exist and those that are still to be created, in creation order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Level, &Value, &Installed)> {
        self.in_order().map(|endpoint| (endpoint.level, &endpoint.name, &endpoint.installed))
    }

    fn in_order(&self) -> impl Iterator<Item = &Endpoint> {
        let all = self.0.iter().flat_map(|table| table.all.iter().map(|(_, endpoint)| endpoint));
        let mut all: Vec<_> = all.collect();
        all.sort_unstable_by_key(|endpoint| endpoint.installed.serial);
        all.into_iter()
    }

    pub(crate) fn get(&self, id: EndpointKey) -> Option<&Installed> {
        Some(&self.0.as_ref()?.all.get(id)?.installed)
    }

    pub(crate) fn get_mut(&mut self, id: EndpointKey) -> Option<&mut Installed> {
        Some(&mut self.0.as_mut()?.all.get_mut(id)?.installed)
    }

    /// Removes an endpoint.
    pub(crate) fn remove(&mut self, id: EndpointKey) -> Option<Installed> {
        let table = self.0.as_mut().filter(|table| table.all.contains(id))?;
        table.request_deletion(id);
        let Endpoint { name, installed, .. } = table.all.remove(id);
        guarded_drop(name, "an endpoint's name");
        if table.all.is_empty() {
            self.0 = None;
        }
        Some(installed)
    }

    /// Removes all endpoints, and returns them in creation order.
    pub(crate) fn take_all(&mut self) -> Vec<Installed> {
        let Some(mut table) = self.0.take() else { return Vec::new() };
        let mut all = Vec::with_capacity(table.all.len());
        for Endpoint { name, installed, .. } in table.all.drain() {
            guarded_drop(name, "an endpoint's name");
            all.push(installed);
        }
        all.sort_unstable_by_key(|installed| installed.serial);
        all
    }
}

impl Table {
    fn find(&self, level: Level, name: &Value) -> Option<EndpointKey> {
        let is_it =
            |endpoint: &Endpoint| endpoint.is_requested && endpoint.level == level && endpoint.name == *name;
        match self.names.as_deref() {
            None => self.all.iter().find(|(_, endpoint)| is_it(endpoint)).map(|(id, _)| id),
            Some((names, keys)) => names.find(keys.hash_one(name), |id| is_it(&self.all[*id])).copied(),
        }
    }

    fn request(&mut self, id: EndpointKey) {
        let Self { all, names } = self;
        all[id].is_requested = true;
        match names.as_deref_mut() {
            Some(names) => insert(names, id, all),
            None if all.len() > COMPARED => {
                let names = names.insert(Box::default());
                let requested = all.iter().filter(|(_, endpoint)| endpoint.is_requested);
                requested.for_each(|(id, _)| insert(names, id, all));
            }
            None => {}
        }
    }

    fn request_deletion(&mut self, id: EndpointKey) {
        let Self { all, names } = self;
        if mem::replace(&mut all[id].is_requested, false)
            && let Some((names, keys)) = names.as_deref_mut()
            && let Ok(found) = names.find_entry(keys.hash_one(&all[id].name), |other| *other == id)
        {
            found.remove();
        }
    }
}

fn insert((names, keys): &mut Names, id: EndpointKey, all: &Slab<Endpoint>) {
    let digest = |id: &EndpointKey| keys.hash_one(&all[*id].name);
    names.insert_unique(digest(&id), id, digest);
}

impl Drop for Table {
    fn drop(&mut self) {
        guarded_drops(self.all.drain(), "an endpoint");
    }
}
