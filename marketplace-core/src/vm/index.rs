//! The routing index: which endpoints a message, or a topic, meets.
//!
//! For each message type and orientation, and each shape of topic in use, a hash table leads from the
//! digest of the positions that the shape pins down to the endpoints of one topic. So a message is found
//! its receivers by one probe a shape, however many endpoints there are (rule S17). The order of hashing
//! never shows: what is found is put into creation order.

use std::any::TypeId;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

use hashbrown::HashTable;
use smallvec::SmallVec;

use super::members::{Member, Members};
use crate::{AnyMessage, Message, Orientation, Pattern, Role, Shape, Topic};

/// The live endpoints of a VM by message type.
#[derive(Default)]
pub(crate) struct Index {
    types: HashMap<TypeId, Box<dyn Routes>, BuildHasherDefault<TypeIdHasher>>,
    keys: RandomState,
}

/// Takes the digest that a type's identity is already: no peer chooses which types there are.
#[derive(Default)]
struct TypeIdHasher(u64);

impl Hasher for TypeIdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, digest: u64) {
        self.0 = digest;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// An endpoint whose topic meets another's.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) member: Member,
    pub(crate) conversation: Topic,
}

/// Where an endpoint stands in the index: kept, so that it is found again without running a user's code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    shape: Shape,
    digest: u64,
}

pub(crate) type Receivers<'a> = SmallVec<[&'a Members; 4]>;

/// The endpoints for one type of message.
pub(crate) trait Routes: Send {
    fn insert(&mut self, role: &Role, member: Member, keys: &RandomState) -> Option<Place>;
    fn find(&mut self, orientation: Orientation, place: Place, serial: u64) -> Option<&mut Member>;
    fn remove(&mut self, orientation: Orientation, place: Place, serial: u64);
    fn is_empty(&self) -> bool;
    fn peers(&self, role: &Role, keys: &RandomState) -> Vec<Peer>;
    fn receivers<'a>(
        &'a self,
        orientation: Orientation,
        message: &AnyMessage,
        keys: &RandomState,
        found: &mut Receivers<'a>,
    );
}

impl Index {
    /// Adds an endpoint, younger than all there are.
    pub(crate) fn insert(&mut self, role: &Role, member: Member) -> Option<Place> {
        let routes = self.types.entry(role.topic.message_type()).or_insert_with(|| role.topic.new_routes());
        routes.insert(role, member, &self.keys)
    }

    pub(crate) fn find(&mut self, role: &Role, place: Place, serial: u64) -> Option<&mut Member> {
        self.types.get_mut(&role.topic.message_type())?.find(role.orientation, place, serial)
    }

    pub(crate) fn remove(&mut self, role: &Role, place: Place, serial: u64) {
        let message_type = role.topic.message_type();
        let Some(routes) = self.types.get_mut(&message_type) else { return };
        routes.remove(role.orientation, place, serial);
        if routes.is_empty() {
            self.types.remove(&message_type);
        }
    }

    /// The endpoints of opposite orientation whose topics meet that of `role`, in creation order.
    pub(crate) fn peers(&self, role: &Role) -> Vec<Peer> {
        let routes = self.types.get(&role.topic.message_type());
        let mut peers = routes.map_or_else(Vec::new, |routes| routes.peers(role, &self.keys));
        peers.sort_unstable_by_key(|peer| peer.member.serial);
        peers
    }

    /// The endpoints of opposite orientation that match a message, grouped by topic.
    pub(crate) fn receivers(&self, orientation: Orientation, message: &AnyMessage) -> Receivers<'_> {
        let mut found = Receivers::new();
        if let Some(routes) = self.types.get(&message.as_any().type_id()) {
            routes.receivers(orientation, message, &self.keys, &mut found);
        }
        found
    }
}

/// The members of several lists, in creation order.
pub(crate) fn in_creation_order<'a>(lists: &Receivers<'a>) -> Vec<&'a Member> {
    let mut members: Vec<&Member> = lists.iter().flat_map(|members| members.iter()).collect();
    members.sort_by_key(|member| member.serial);
    members
}

/// The endpoints for messages with patterns of type `P`.
pub(crate) struct Table<P> {
    publishers: Vec<Buckets<P>>,
    subscribers: Vec<Buckets<P>>,
}

/// The topics of one shape.
struct Buckets<P> {
    shape: Shape,
    table: HashTable<Bucket<P>>,
}

/// So few topics are compared with a message sooner than the message is digested.
const FEW: usize = 4;

/// The endpoints of one topic.
struct Bucket<P> {
    digest: u64,
    topic: P,
    members: Members,
}

impl<P> Default for Table<P> {
    fn default() -> Self {
        Self { publishers: Vec::new(), subscribers: Vec::new() }
    }
}

impl<P> Table<P> {
    fn side(&self, orientation: Orientation) -> &[Buckets<P>] {
        match orientation {
            Orientation::Publisher => &self.publishers,
            Orientation::Subscriber => &self.subscribers,
        }
    }

    fn side_mut(&mut self, orientation: Orientation) -> &mut Vec<Buckets<P>> {
        match orientation {
            Orientation::Publisher => &mut self.publishers,
            Orientation::Subscriber => &mut self.subscribers,
        }
    }
}

fn pattern<P: Pattern<Value: Message<Pattern = P>>>(role: &Role) -> Option<&P> {
    role.topic.downcast_ref::<P::Value>()
}

impl<P: Pattern<Value: Message<Pattern = P>>> Routes for Table<P> {
    fn insert(&mut self, role: &Role, member: Member, keys: &RandomState) -> Option<Place> {
        let topic = pattern::<P>(role)?;
        let shape = topic.shape();
        let digest = digest(topic, shape, keys);
        let side = self.side_mut(role.orientation);
        let position = side.iter().position(|buckets| buckets.shape == shape).unwrap_or_else(|| {
            side.push(Buckets { shape, table: HashTable::new() });
            side.len() - 1
        });
        let bucket = side[position].table.entry(
            digest,
            |bucket| bucket.digest == digest && bucket.topic == *topic,
            |bucket| bucket.digest,
        );
        bucket
            .or_insert_with(|| Bucket { digest, topic: topic.clone(), members: Members::default() })
            .get_mut()
            .members
            .push(member);
        Some(Place { shape, digest })
    }

    fn find(&mut self, orientation: Orientation, place: Place, serial: u64) -> Option<&mut Member> {
        let buckets = self.side_mut(orientation).iter_mut().find(|buckets| buckets.shape == place.shape)?;
        let bucket = buckets.table.find_mut(place.digest, |bucket| bucket.members.contains(serial))?;
        bucket.members.get_mut(serial)
    }

    fn remove(&mut self, orientation: Orientation, place: Place, serial: u64) {
        let side = self.side_mut(orientation);
        let Some(position) = side.iter().position(|buckets| buckets.shape == place.shape) else { return };
        let table = &mut side[position].table;
        let Ok(mut entry) = table.find_entry(place.digest, |bucket| bucket.members.contains(serial)) else {
            return;
        };
        entry.get_mut().members.remove(serial);
        if entry.get().members.is_empty() {
            entry.remove();
            shrink(table);
        }
        if side[position].table.is_empty() {
            side.remove(position);
        }
    }

    fn is_empty(&self) -> bool {
        self.publishers.is_empty() && self.subscribers.is_empty()
    }

    fn peers(&self, role: &Role, keys: &RandomState) -> Vec<Peer> {
        let mut peers = Vec::new();
        let Some(topic) = pattern::<P>(role) else { return peers };
        let shape = topic.shape();
        for buckets in self.side(role.orientation.opposite()) {
            if shape.covers(buckets.shape) {
                // Whatever of that shape meets the topic agrees with it wherever it pins anything down.
                let digest = digest(topic, buckets.shape, keys);
                let mut meet = None;
                let bucket = buckets.table.find(digest, |bucket| {
                    meet = (bucket.digest == digest).then(|| topic.meet(&bucket.topic)).flatten();
                    meet.is_some()
                });
                if let (Some(bucket), Some(meet)) = (bucket, meet) {
                    collect_peers(&role.topic, topic, meet, bucket, &mut peers);
                }
            } else {
                for bucket in &buckets.table {
                    if let Some(meet) = topic.meet(&bucket.topic) {
                        collect_peers(&role.topic, topic, meet, bucket, &mut peers);
                    }
                }
            }
        }
        peers
    }

    fn receivers<'a>(
        &'a self,
        orientation: Orientation,
        message: &AnyMessage,
        keys: &RandomState,
        found: &mut Receivers<'a>,
    ) {
        let Some(message) = message.downcast_ref::<P::Value>() else { return };
        for Buckets { shape, table } in self.side(orientation.opposite()) {
            let bucket = if table.len() <= FEW {
                table.iter().find(|bucket| bucket.topic.matches(message))
            } else {
                let digest = digest_value::<P>(message, *shape, keys);
                table.find(digest, |bucket| bucket.digest == digest && bucket.topic.matches(message))
            };
            found.extend(bucket.map(|bucket| &bucket.members));
        }
    }
}

fn collect_peers<P>(own: &Topic, topic: &P, meet: P, bucket: &Bucket<P>, peers: &mut Vec<Peer>)
where
    P: Pattern<Value: Message<Pattern = P>>,
{
    let conversation = if meet == *topic { own.clone() } else { Topic::new(meet) };
    peers.extend(
        bucket.members.iter().map(|member| Peer { member: *member, conversation: conversation.clone() }),
    );
}

fn shrink<P>(table: &mut HashTable<Bucket<P>>) {
    if table.capacity() > 64 && table.len() * 8 < table.capacity() {
        table.shrink_to(table.len() * 2, |bucket| bucket.digest);
    }
}

fn digest<P: Pattern>(topic: &P, shape: Shape, keys: &RandomState) -> u64 {
    if shape.is_empty() {
        return 0;
    }
    let mut hasher = keys.build_hasher();
    topic.digest(shape, &mut hasher);
    hasher.finish()
}

fn digest_value<P: Pattern>(message: &P::Value, shape: Shape, keys: &RandomState) -> u64 {
    if shape.is_empty() {
        return 0;
    }
    let mut hasher = keys.build_hasher();
    P::digest_value(message, shape, &mut hasher);
    hasher.finish()
}
