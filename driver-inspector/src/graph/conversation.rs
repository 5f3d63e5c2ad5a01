//! The conversations between matching endpoints, joined into one edge for each pair of nodes and message type.
//!
//! Endpoints with equal topics are found by hashing, however many there are. Other topics have to be compared in pairs,
//! and the number of pairs is bounded: of a node with too many topics of a type, a sample is compared.

use std::any::TypeId;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use marketplace_core::{Interest, Orientation, Role, Topic};

use super::grouping::Group;
use super::member::Member;
use super::side::{Party, Side};
use crate::endpoint::KnownEndpoint;

/// The most pairs of topics that are compared, for all types together.
const COMPARED: usize = 300_000;
/// The most pairs of nodes for which the conversations of one type are counted.
const COUNTED: usize = 300_000;
/// The most endpoints that are read. Of more, every second, or third, and so on.
const ENDPOINTS: usize = 150_000;

/// All conversations of one type between two nodes.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) publisher: usize,
    pub(super) subscriber: usize,
    pub(super) message_type: TypeId,
    pub(super) type_name: &'static str,
    pub(super) conversations: usize,
    /// The topics of the conversations.
    pub(super) topics: HashSet<Topic>,
    /// Whether in each of them one side only observes.
    pub(super) is_observer: bool,
}

#[derive(Debug, Default)]
pub(super) struct Links {
    /// Ordered by type, publisher and subscriber.
    pub(super) links: Vec<Link>,
    /// How many topics of a node were compared, if it has more. 0 if all were compared.
    pub(super) sampled: usize,
    /// How many types have topics that panicked.
    pub(super) failed: usize,
}

/// All endpoints of one message type, with their nodes.
type Endpoints<'a> = Vec<(usize, &'a KnownEndpoint)>;

pub(super) fn links(members: &[Member<'_>], nodes: &[Group]) -> Links {
    let (types, step) = by_type(members, nodes);
    let share = COMPARED / types.len().max(1);
    let mut found = Links { sampled: if step > 1 { 1 } else { 0 }, ..Links::default() };
    for endpoints in &types {
        // Comparing topics runs the users' code.
        match catch_unwind(AssertUnwindSafe(|| of_type(endpoints, share))) {
            Ok((links, sampled)) => {
                found.links.extend(links);
                found.sampled = [found.sampled, sampled].into_iter().filter(|it| *it > 0).min().unwrap_or(0);
            }
            Err(_) => found.failed += 1,
        }
    }
    found
}

/// The endpoints by type, in the order in which the types first appear; and the step, if only a sample of them is read.
fn by_type<'a>(members: &[Member<'a>], nodes: &[Group]) -> (Vec<Endpoints<'a>>, usize) {
    let all: usize = members.iter().map(|member| member.endpoints.len()).sum();
    let step = all / ENDPOINTS + 1;
    let mut types: Vec<Endpoints<'a>> = Vec::new();
    let mut index: HashMap<TypeId, usize> = HashMap::new();
    for (node, group) in nodes.iter().enumerate() {
        let endpoints = group.members.iter().flat_map(|member| members[*member].endpoints);
        for endpoint in endpoints.step_by(step) {
            let at = *index.entry(endpoint.role.topic.message_type()).or_insert(types.len());
            if at == types.len() {
                types.push(Vec::new());
            }
            types[at].push((node, endpoint));
        }
    }
    (types, step)
}

/// The conversations of one type, and how many topics of a node were compared, if not all.
fn of_type(endpoints: &Endpoints<'_>, share: usize) -> (Vec<Link>, usize) {
    let is_publisher = |role: &Role| role.orientation == Orientation::Publisher;
    let count = endpoints.iter().filter(|(_, endpoint)| is_publisher(&endpoint.role)).count();
    let (mut publishers, mut subscribers) = (Side::new(count), Side::new(endpoints.len() - count));
    for (node, endpoint) in endpoints {
        let side = match endpoint.role.orientation {
            Orientation::Publisher => &mut publishers,
            Orientation::Subscriber => &mut subscribers,
        };
        side.add(*node, &endpoint.role);
    }
    let mut count = Count { links: BTreeMap::new(), left: COUNTED };
    let equal: Vec<Option<usize>> = publishers.topics.iter().map(|topic| subscribers.find(topic)).collect();
    for (publisher, subscriber) in equal.iter().enumerate() {
        if let Some(subscriber) = subscriber {
            let topic = publishers.topics[publisher].clone();
            count.add(topic, &publishers.parties[publisher], &subscribers.parties[*subscriber]);
        }
    }
    let most = most_compared(&publishers, &subscribers, share);
    let others = subscribers.sample(most);
    for publisher in publishers.sample(most) {
        for subscriber in others.iter().filter(|at| equal[publisher] != Some(**at)) {
            if let Some(topic) = publishers.topics[publisher].intersection(subscribers.topics[*subscriber]) {
                count.add(topic, &publishers.parties[publisher], &subscribers.parties[*subscriber]);
            }
        }
    }
    let is_sampled = most < publishers.most().max(subscribers.most()) || count.left == 0;
    (count.links.into_values().collect(), if is_sampled { most } else { 0 })
}

/// How many topics of each node can be compared without exceeding `share` comparisons.
fn most_compared(publishers: &Side<'_>, subscribers: &Side<'_>, share: usize) -> usize {
    let all = publishers.most().max(subscribers.most());
    let sizes = std::iter::successors(Some(all), |size| (*size > 1).then(|| size.div_ceil(2)));
    let fits = |size: &usize| publishers.sample(*size).len() * subscribers.sample(*size).len() <= share;
    sizes.into_iter().find(fits).unwrap_or(1)
}

/// The links so far, by publisher and subscriber.
struct Count {
    links: BTreeMap<(usize, usize), Link>,
    left: usize,
}

impl Count {
    fn add(&mut self, topic: Topic, publishers: &[Party], subscribers: &[Party]) {
        let pairs = publishers.iter().flat_map(|one| subscribers.iter().map(move |other| (one, other)));
        for (one, other) in pairs {
            if self.left == 0 {
                return;
            }
            self.left -= 1;
            if one.interest.is_visible_to(other.interest) || other.interest.is_visible_to(one.interest) {
                self.pair(&topic, one, other);
            }
        }
    }

    fn pair(&mut self, topic: &Topic, one: &Party, other: &Party) {
        let link = self.links.entry((one.node, other.node)).or_insert_with(|| Link {
            publisher: one.node,
            subscriber: other.node,
            message_type: topic.message_type(),
            type_name: topic.type_name(),
            conversations: 0,
            topics: HashSet::new(),
            is_observer: true,
        });
        link.conversations += one.count * other.count;
        link.is_observer &= one.interest != Interest::Participant || other.interest != Interest::Participant;
        link.topics.insert(topic.clone());
    }
}
