//! The endpoints for one type of message: a table for each shape of topic in use.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;

use super::{Peer, Peers, Place, Receivers, Routes};
use crate::panic::guarded_drops;
use crate::vm::members::{Member, Members};
use crate::{AnyMessage, Message, Orientation, Pattern, Role, Shape, Topic};

/// The endpoints for messages with patterns of type `P`.
pub(crate) struct Table<P> {
    publishers: Vec<Buckets<P>>,
    subscribers: Vec<Buckets<P>>,
}

/// The topics of one shape that agree in what they choose of enums.
struct Buckets<P> {
    shape: Shape,
    /// The digest of the choices.
    choices: u64,
    table: HashTable<Bucket<P>>,
}

/// The most topics that are compared with a message, which is then not digested.
const COMPARED: usize = 4;

/// The endpoints of one topic.
struct Bucket<P> {
    digest: u64,
    topic: Arc<P>,
    members: Members,
}

impl<P> Default for Table<P> {
    fn default() -> Self {
        Self { publishers: Vec::new(), subscribers: Vec::new() }
    }
}

impl<P> Drop for Table<P> {
    fn drop(&mut self) {
        for buckets in self.publishers.iter_mut().chain(&mut self.subscribers) {
            guarded_drops(buckets.table.drain(), "a topic");
        }
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

impl<P> Buckets<P> {
    fn has(&self, place: Place, serial: u64) -> bool {
        let is_there = |bucket: &Bucket<P>| bucket.members.contains(serial);
        self.shape == place.shape && self.table.find(place.digest, is_there).is_some()
    }
}

impl<P: Pattern> Buckets<P> {
    /// Whether a topic chooses otherwise than all of these, so that it meets none of them.
    fn exclude(&self, topic: &P, shape: Shape, keys: &RandomState) -> bool {
        let choices = self.shape.intersection(P::CHOICES);
        shape.covers(choices) && digest(topic, choices, keys) != self.choices
    }
}

fn pattern<P: Pattern<Value: Message<Pattern = P>>>(role: &Role) -> Option<&P> {
    role.topic.downcast_ref::<P::Value>()
}

impl<P: Pattern<Value: Message<Pattern = P>>> Routes for Table<P> {
    fn insert(&mut self, role: &Role, member: Member, keys: &RandomState) -> Option<Place> {
        let topic = role.topic.downcast::<P::Value>()?;
        let shape = topic.shape();
        let digest = digest(&*topic, shape, keys);
        let choices = self::digest(&*topic, shape.intersection(P::CHOICES), keys);
        let side = self.side_mut(role.orientation);
        let own = |buckets: &Buckets<P>| buckets.shape == shape && buckets.choices == choices;
        let position = side.iter().position(own).unwrap_or_else(|| {
            side.push(Buckets { shape, choices, table: HashTable::new() });
            side.len() - 1
        });
        let bucket = side[position].table.entry(
            digest,
            |bucket| bucket.digest == digest && bucket.topic == topic,
            |bucket| bucket.digest,
        );
        bucket
            .or_insert_with(|| Bucket { digest, topic, members: Members::default() })
            .get_mut()
            .members
            .push(member);
        Some(Place { shape, digest })
    }

    fn find(&mut self, orientation: Orientation, place: Place, serial: u64) -> Option<&mut Member> {
        let buckets = self.side_mut(orientation).iter_mut().filter(|buckets| buckets.shape == place.shape);
        let mut found = buckets.filter_map(|buckets| {
            buckets.table.find_mut(place.digest, |bucket| bucket.members.contains(serial))
        });
        found.next()?.members.get_mut(serial)
    }

    fn remove(&mut self, orientation: Orientation, place: Place, serial: u64) {
        let side = self.side_mut(orientation);
        let Some(position) = side.iter().position(|buckets| buckets.has(place, serial)) else { return };
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

    fn peers(&self, role: &Role, keys: &RandomState) -> Peers {
        let mut peers = Peers::new();
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
            } else if !buckets.exclude(topic, shape, keys) {
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
        for Buckets { shape, table, .. } in self.side(orientation.opposite()) {
            let bucket = if table.len() <= COMPARED {
                table.iter().find(|bucket| bucket.topic.matches(message))
            } else {
                let digest = digest_value::<P>(message, *shape, keys);
                table.find(digest, |bucket| bucket.digest == digest && bucket.topic.matches(message))
            };
            if let Some(bucket) = bucket {
                found.push(&bucket.members);
            }
        }
    }
}

fn collect_peers<P>(own: &Topic, topic: &P, meet: P, bucket: &Bucket<P>, peers: &mut Peers)
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
