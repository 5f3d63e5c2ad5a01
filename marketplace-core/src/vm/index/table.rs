//! The endpoints for one type of message: a table for each shape of topic in use.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;
use slab::Slab;

use super::{Peer, Peers, Receivers, Routes};
use crate::panic::guarded_drops;
use crate::vm::members::{Member, Members};
use crate::{AnyMessage, Message, Orientation, Pattern, Role, Shape, Topic};

/// The endpoints for messages with patterns of type `P`.
pub(crate) struct Table<P> {
    publishers: Side<P>,
    subscribers: Side<P>,
}

/// The endpoints of one orientation.
struct Side<P> {
    topics: Slab<Bucket<P>>,
    groups: Vec<Group>,
}

/// The endpoints of one topic.
struct Bucket<P> {
    digest: u64,
    topic: Arc<P>,
    members: Members,
}

/// The topics of one shape that agree in what they choose of enums, by their digests.
struct Group {
    shape: Shape,
    /// The digest of the choices.
    choices: u64,
    topics: HashTable<usize>,
}

/// The most topics of a group that are compared with a message, which is then not digested.
const COMPARED: usize = 4;

impl<P> Default for Table<P> {
    fn default() -> Self {
        Self { publishers: Side::default(), subscribers: Side::default() }
    }
}

impl<P> Default for Side<P> {
    fn default() -> Self {
        Self { topics: Slab::new(), groups: Vec::new() }
    }
}

impl<P> Drop for Side<P> {
    fn drop(&mut self) {
        guarded_drops(self.topics.drain(), "a topic");
    }
}

impl<P> Table<P> {
    const fn side(&self, orientation: Orientation) -> &Side<P> {
        match orientation {
            Orientation::Publisher => &self.publishers,
            Orientation::Subscriber => &self.subscribers,
        }
    }

    const fn side_mut(&mut self, orientation: Orientation) -> &mut Side<P> {
        match orientation {
            Orientation::Publisher => &mut self.publishers,
            Orientation::Subscriber => &mut self.subscribers,
        }
    }
}

impl<P: Pattern<Value: Message<Pattern = P>>> Routes for Table<P> {
    fn insert(&mut self, role: &Role, member: Member, keys: &RandomState) -> Option<usize> {
        let topic = role.topic.downcast::<P::Value>()?;
        Some(self.side_mut(role.orientation).insert(topic, member, keys))
    }

    fn find(&mut self, orientation: Orientation, topic: usize, serial: u64) -> Option<&mut Member> {
        self.side_mut(orientation).topics.get_mut(topic)?.members.get_mut(serial)
    }

    fn remove(&mut self, orientation: Orientation, topic: usize, serial: u64) {
        self.side_mut(orientation).remove(topic, serial);
    }

    fn is_empty(&self) -> bool {
        self.publishers.topics.is_empty() && self.subscribers.topics.is_empty()
    }

    fn peers(&self, role: &Role, keys: &RandomState) -> Peers {
        let mut peers = Peers::new();
        if let Some(topic) = role.topic.downcast_ref::<P::Value>() {
            self.side(role.orientation.opposite()).each_meeting(topic, keys, |meet, members| {
                let conversation = if meet == *topic { role.topic.clone() } else { Topic::new(meet) };
                let peer = |member: &Member| Peer { member: *member, conversation: conversation.clone() };
                peers.extend(members.iter().map(peer));
            });
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
        let side = self.side(orientation.opposite());
        found.extend(side.groups.iter().filter_map(|group| group.matching(message, &side.topics, keys)));
    }
}

impl<P: Pattern> Side<P> {
    fn insert(&mut self, topic: Arc<P>, member: Member, keys: &RandomState) -> usize {
        let Self { topics, groups } = self;
        let shape = topic.shape();
        let digest = digest(&*topic, shape, keys);
        let choices = self::digest(&*topic, shape.intersection(P::CHOICES), keys);
        let group = groups.iter().position(|group| group.shape == shape && group.choices == choices);
        let is_equal = |other: &Bucket<P>| other.digest == digest && other.topic == topic;
        let equal =
            group.and_then(|group| groups[group].topics.find(digest, |other| is_equal(&topics[*other])));
        if let Some(equal) = equal.copied() {
            topics[equal].members.push(member);
            return equal;
        }
        let group = group.unwrap_or_else(|| {
            groups.push(Group { shape, choices, topics: HashTable::new() });
            groups.len() - 1
        });
        let place = topics.insert(Bucket { digest, topic, members: Members::of(member) });
        groups[group].topics.insert_unique(digest, place, |other| topics[*other].digest);
        place
    }

    /// Hands out all topics that meet this one, each with what both describe and the endpoints that have it.
    fn each_meeting(&self, topic: &P, keys: &RandomState, mut take: impl FnMut(P, &Members)) {
        let Self { topics, groups } = self;
        let shape = topic.shape();
        for group in groups {
            if shape.covers(group.shape) {
                // Whatever of that shape meets the topic agrees with it wherever it pins anything down.
                let digest = digest(topic, group.shape, keys);
                let mut meet = None;
                let met = group.topics.find(digest, |other| {
                    let other = &topics[*other];
                    meet = (other.digest == digest).then(|| topic.meet(&other.topic)).flatten();
                    meet.is_some()
                });
                if let (Some(met), Some(meet)) = (met, meet) {
                    take(meet, &topics[*met].members);
                }
            } else if !group.excludes(topic, shape, keys) {
                for other in group.topics.iter().map(|other| &topics[*other]) {
                    if let Some(meet) = topic.meet(&other.topic) {
                        take(meet, &other.members);
                    }
                }
            }
        }
    }
}

impl<P> Side<P> {
    /// Removes an endpoint; a topic that nobody has any more goes last, since it may panic.
    fn remove(&mut self, topic: usize, serial: u64) {
        let Self { topics, groups } = self;
        let Some(bucket) = topics.get_mut(topic) else { return };
        bucket.members.remove(serial);
        if !bucket.members.is_empty() {
            return;
        }
        let digest = bucket.digest;
        for (position, group) in groups.iter_mut().enumerate() {
            if let Ok(found) = group.topics.find_entry(digest, |other| *other == topic) {
                found.remove();
                shrink(&mut group.topics, |other| topics[*other].digest);
                if group.topics.is_empty() {
                    groups.swap_remove(position);
                }
                break;
            }
        }
        let _gone = topics.remove(topic);
        if topics.is_empty() {
            *topics = Slab::new();
        }
    }
}

impl Group {
    /// The endpoints of the one topic that matches a message, if there is one.
    fn matching<'a, P: Pattern>(
        &self,
        message: &P::Value,
        topics: &'a Slab<Bucket<P>>,
        keys: &RandomState,
    ) -> Option<&'a Members> {
        let mut buckets = self.topics.iter().map(|topic| &topics[*topic]);
        let bucket = if self.topics.len() <= COMPARED {
            buckets.find(|bucket| bucket.topic.matches(message))
        } else {
            let digest = digest_value::<P>(message, self.shape, keys);
            let is_it = |topic: &usize| {
                let bucket = &topics[*topic];
                bucket.digest == digest && bucket.topic.matches(message)
            };
            self.topics.find(digest, is_it).map(|topic| &topics[*topic])
        };
        Some(&bucket?.members)
    }

    /// Whether a topic chooses otherwise than all of these, so that it meets none of them.
    fn excludes<P: Pattern>(&self, topic: &P, shape: Shape, keys: &RandomState) -> bool {
        let choices = self.shape.intersection(P::CHOICES);
        shape.covers(choices) && digest(topic, choices, keys) != self.choices
    }
}

fn shrink(table: &mut HashTable<usize>, digest: impl Fn(&usize) -> u64) {
    if table.capacity() > 64 && table.len() * 8 < table.capacity() {
        table.shrink_to(table.len() * 2, digest);
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
