//! The endpoints for one type of message: a group of topics for each shape in use.

use std::any::Any;
use std::hash::RandomState;
use std::sync::Arc;

use slab::Slab;

use super::topics::Topics;
use super::{Peer, Peers, Routes};
use crate::panic::guarded_drops;
use crate::pattern::{digest, digest_value};
use crate::vm::members::{Member, Members};
use crate::{Message, Orientation, Pattern, Role, Shape, Topic};

/// The endpoints for messages with patterns of type `P`.
pub(crate) struct Table<P>([Side<P>; 2]);

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

/// The topics that have the same shape and choose the same variants, by their digests.
struct Group {
    /// Whether the endpoints receive messages. Groups of pure observers are skipped.
    receives: bool,
    shape: Shape,
    /// The digest of the choices.
    choices: u64,
    topics: Topics,
}

impl<P> Default for Table<P> {
    fn default() -> Self {
        Self([Side::default(), Side::default()])
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
        &self.0[orientation as usize]
    }

    const fn side_mut(&mut self, orientation: Orientation) -> &mut Side<P> {
        &mut self.0[orientation as usize]
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

    fn peers(&self, role: &Role, keys: &RandomState) -> Peers {
        let mut peers = Peers::default();
        if let Some(topic) = role.topic.downcast_ref::<P::Value>() {
            self.side(role.orientation.opposite()).each_intersecting(topic, keys, |both, members| {
                let conversation = if both == *topic { role.topic.clone() } else { Topic::new(both) };
                let peer = |member: &Member| Peer { member: *member, conversation: conversation.clone() };
                peers.0.extend(members.iter().map(peer));
            });
        }
        peers
    }

    fn receivers<'a>(
        &'a self,
        orientation: Orientation,
        message: &dyn Any,
        keys: &RandomState,
        further: &mut Vec<&'a Members>,
    ) -> Option<&'a Members> {
        let message = message.downcast_ref::<P::Value>()?;
        let Side { topics, groups } = self.side(orientation.opposite());
        let positions = P::positions_of(message);
        let receiving = groups.iter().filter(|group| group.receives && positions.covers(group.shape));
        let mut matching = receiving.filter_map(|group| {
            let digest = || digest_value::<P>(message, group.shape, keys);
            group.topics.find_map(digest, |topic| {
                let bucket = topics.get(topic)?;
                bucket.topic.matches(message).then_some(&bucket.members)
            })
        });
        let first = matching.next();
        further.extend(matching);
        first
    }
}

impl<P: Pattern> Side<P> {
    fn insert(&mut self, topic: Arc<P>, member: Member, keys: &RandomState) -> usize {
        let Self { topics, groups } = self;
        let shape = topic.shape();
        let choices = digest(&*topic, shape.intersection(P::CHOICES), keys);
        let digest = digest(&*topic, shape, keys);
        let receives = member.receives();
        let is_its =
            |group: &Group| (group.receives, group.shape, group.choices) == (receives, shape, choices);
        let group = groups.iter().position(is_its);
        let is_equal = |other: usize| (topics[other].topic == topic).then_some(other);
        let equal = group.and_then(|group| groups[group].topics.find_map_of(digest, is_equal));
        if let Some(equal) = equal {
            topics[equal].members.insert(member);
            return equal;
        }
        let group = group.unwrap_or_else(|| {
            groups.push(Group { receives, shape, choices, topics: Topics::default() });
            groups.len() - 1
        });
        let place = topics.insert(Bucket { digest, topic, members: Members::of(member) });
        groups[group].topics.insert(digest, place);
        place
    }

    /// Calls `take` with the intersection of `topic` and each topic that intersects it, and with the endpoints of
    /// that topic.
    fn each_intersecting(&self, topic: &P, keys: &RandomState, mut take: impl FnMut(P, &Members)) {
        let Self { topics, groups } = self;
        let shape = topic.shape();
        for group in groups {
            if shape.covers(group.shape) {
                // A topic of that shape that intersects `topic` has the same values at all positions of the shape.
                let digest = digest(topic, group.shape, keys);
                let found = group.topics.find_map_of(digest, |other| {
                    let other = topics.get(other)?;
                    Some((topic.intersection(&other.topic)?, &other.members))
                });
                if let Some((both, members)) = found {
                    take(both, members);
                }
            } else if !group.excludes(topic, shape, keys) {
                for other in group.topics.iter().map(|other| &topics[other]) {
                    if let Some(both) = topic.intersection(&other.topic) {
                        take(both, &other.members);
                    }
                }
            }
        }
    }
}

impl<P> Side<P> {
    /// Removes an endpoint. A topic that has no endpoints any more is dropped last, since it may panic.
    fn remove(&mut self, topic: usize, serial: u64) {
        let Self { topics, groups } = self;
        let Some(bucket) = topics.get_mut(topic) else { return };
        bucket.members.remove(serial);
        if !bucket.members.is_empty() {
            return;
        }
        let digest = bucket.digest;
        let is_in = |group: &mut Group| group.topics.remove(digest, topic);
        if let Some(position) = groups.iter_mut().position(is_in)
            && groups[position].topics.is_empty()
        {
            groups.swap_remove(position);
        }
        let _gone = topics.remove(topic);
        if topics.is_empty() {
            *topics = Slab::new();
        }
    }
}

impl Group {
    /// Whether `topic` chooses other variants than the topics of this group, so that it intersects none of them.
    fn excludes<P: Pattern>(&self, topic: &P, shape: Shape, keys: &RandomState) -> bool {
        let choices = self.shape.intersection(P::CHOICES);
        shape.covers(choices) && digest(topic, choices, keys) != self.choices
    }
}
