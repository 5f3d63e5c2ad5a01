//! The routing index: it finds the endpoints that match a message or intersect a topic.
//!
//! Endpoints with equal topics are kept together. Topics of the same shape form a group, in which a topic is found by
//! the digest of the positions that the shape pins down, or by comparison if there are few. So the receivers of a
//! message are found by one look-up for each group, however many endpoints there are (rule S17). The results are
//! sorted by creation, so the order of hashing never shows.

mod table;
mod topics;

use std::any::{Any, TypeId};
use std::hash::RandomState;
use std::mem;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::members::{Member, Members};
use crate::actions::{Installed, Place};
use crate::panic::guarded_drops;
use crate::{AnyMessage, EventKinds, Orientation, Role, Token, Topic};

pub(crate) use table::Table;

/// The live endpoints of a VM, by message type. A program has a fixed number of message types, which peers cannot
/// choose. So no type is ever removed, and the table needs no keyed hash.
#[derive(Default)]
pub(crate) struct Index {
    types: FxHashMap<TypeId, Box<dyn Routes>>,
    keys: RandomState,
    /// How many endpoints there are.
    len: usize,
}

/// An endpoint whose topic intersects that of another.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) member: Member,
    pub(crate) conversation: Topic,
}

/// Peers in creation order. Their conversations contain users' values, so they are dropped one by one.
#[derive(Default)]
pub(crate) struct Peers(SmallVec<[Peer; 2]>);

impl Drop for Peers {
    fn drop(&mut self) {
        guarded_drops(self.0.drain(..), "a conversation");
    }
}

impl Peers {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Peer> {
        self.0.iter()
    }
}

/// The endpoints for one type of message.
pub(crate) trait Routes: Send {
    /// Adds an endpoint. Returns its place, by which it is found again without running users' code.
    fn insert(&mut self, role: &Role, member: Member, keys: &RandomState) -> Option<usize>;
    fn find(&mut self, orientation: Orientation, topic: usize, serial: u64) -> Option<&mut Member>;
    fn remove(&mut self, orientation: Orientation, topic: usize, serial: u64);
    fn peers(&self, role: &Role, keys: &RandomState) -> Peers;
    /// The endpoints that match a message: those of one topic, and those of further ones.
    fn receivers<'a>(
        &'a self,
        orientation: Orientation,
        message: &dyn Any,
        keys: &RandomState,
        further: &mut Vec<&'a Members>,
    ) -> Option<&'a Members>;
}

impl Index {
    /// Adds an endpoint. Returns its place.
    pub(crate) fn insert(&mut self, role: &Role, member: Member) -> Option<usize> {
        let routes = self.types.entry(role.topic.message_type()).or_insert_with(|| role.topic.new_routes());
        let place = routes.insert(role, member, &self.keys)?;
        self.len += 1;
        Some(place)
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn find(&mut self, installed: &Installed) -> Option<&mut Member> {
        let Installed { serial, role, place: Place::Here(topic) } = installed else { return None };
        self.types.get_mut(&role.topic.message_type())?.find(role.orientation, *topic, *serial)
    }

    /// Gives an endpoint another token and other kinds of event. Returns what it was before (rule S8).
    pub(crate) fn update(
        &mut self,
        installed: &mut Installed,
        token: Token,
        kinds: EventKinds,
    ) -> Option<Member> {
        let member = self.find(installed)?;
        let (before, after) = (*member, Member { token, kinds, ..*member });
        if before.receives() == after.receives() {
            *member = after;
        } else {
            let place = self.insert(&installed.role, after)?;
            // Recorded first, since the former topic may panic when it is dropped.
            let former = mem::replace(&mut installed.place, Place::Here(place));
            self.remove(&installed.role, former, installed.serial);
        }
        Some(before)
    }

    pub(crate) fn remove(&mut self, role: &Role, place: Place, serial: u64) {
        if let Place::Here(topic) = place
            && let Some(routes) = self.types.get_mut(&role.topic.message_type())
        {
            // First, since the topic may panic when it is dropped.
            self.len -= 1;
            routes.remove(role.orientation, topic, serial);
        }
    }

    /// The endpoints of opposite orientation whose topics intersect that of `role`, in creation order.
    pub(crate) fn peers(&self, role: &Role) -> Peers {
        let routes = self.types.get(&role.topic.message_type());
        let mut peers = routes.map_or_else(Peers::default, |routes| routes.peers(role, &self.keys));
        peers.0.sort_unstable_by_key(|peer| peer.member.serial);
        peers
    }

    /// The endpoints of opposite orientation that match a message: those of one topic, and those of further ones.
    #[inline]
    pub(crate) fn receivers<'a>(
        &'a self,
        orientation: Orientation,
        message: &AnyMessage,
        further: &mut Vec<&'a Members>,
    ) -> Option<&'a Members> {
        let message = message.as_any();
        self.types.get(&message.type_id())?.receivers(orientation, message, &self.keys, further)
    }
}
