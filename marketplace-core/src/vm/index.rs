//! The routing index: which endpoints a message, or a topic, meets.
//!
//! For each message type and orientation, and each shape of topic in use, a hash table leads from the
//! digest of the positions that the shape pins down to the endpoints of one topic. So a message is found
//! its receivers by one probe a shape, however many endpoints there are (rule S17). The order of hashing
//! never shows: what is found is put into creation order.

mod digest;
mod table;
mod topics;
mod type_id;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, RandomState};

use smallvec::SmallVec;

use super::members::{Member, Members};
use crate::actions::{Installed, Place};
use crate::{AnyMessage, Orientation, Role, Topic};

pub(crate) use table::Table;
use type_id::TypeIdHasher;

/// The live endpoints of a VM by message type.
#[derive(Default)]
pub(crate) struct Index {
    types: HashMap<TypeId, Box<dyn Routes>, BuildHasherDefault<TypeIdHasher>>,
    keys: RandomState,
}

/// An endpoint whose topic meets another's.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) member: Member,
    pub(crate) conversation: Topic,
}

pub(crate) type Peers = SmallVec<[Peer; 2]>;

/// The endpoints for one type of message.
pub(crate) trait Routes: Send {
    /// Adds an endpoint; where it stands, so that it is found again without running a user's code.
    fn insert(&mut self, role: &Role, member: Member, keys: &RandomState) -> Option<usize>;
    fn find(&mut self, orientation: Orientation, topic: usize, serial: u64) -> Option<&mut Member>;
    fn remove(&mut self, orientation: Orientation, topic: usize, serial: u64);
    fn is_empty(&self) -> bool;
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
    /// Adds an endpoint, younger than all there are.
    pub(crate) fn insert(&mut self, role: &Role, member: Member) -> Option<usize> {
        let routes = self.types.entry(role.topic.message_type()).or_insert_with(|| role.topic.new_routes());
        routes.insert(role, member, &self.keys)
    }

    pub(crate) fn find(&mut self, installed: &Installed) -> Option<&mut Member> {
        let Installed { serial, role, place: Place::Here(topic) } = installed else { return None };
        self.types.get_mut(&role.topic.message_type())?.find(role.orientation, *topic, *serial)
    }

    pub(crate) fn remove(&mut self, installed: &Installed) {
        let Installed { serial, role, place: Place::Here(topic) } = installed else { return };
        let message_type = role.topic.message_type();
        let Some(routes) = self.types.get_mut(&message_type) else { return };
        routes.remove(role.orientation, *topic, *serial);
        if routes.is_empty() {
            self.types.remove(&message_type);
        }
    }

    /// The endpoints of opposite orientation whose topics meet that of `role`, in creation order.
    pub(crate) fn peers(&self, role: &Role) -> Peers {
        let routes = self.types.get(&role.topic.message_type());
        let mut peers = routes.map_or_else(Peers::new, |routes| routes.peers(role, &self.keys));
        peers.sort_unstable_by_key(|peer| peer.member.serial);
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
