//! The publishers, or the subscribers, of one message type, by topic.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use marketplace_core::{Interest, Role, Topic};

#[derive(Debug, Default)]
pub(super) struct Side<'a> {
    /// In the order in which they were added.
    pub(super) topics: Vec<&'a Topic>,
    /// The nodes that have each topic.
    pub(super) parties: Vec<Vec<Party>>,
    index: HashMap<&'a Topic, usize>,
    /// The topics of each node.
    nodes: BTreeMap<usize, Vec<usize>>,
}

/// The endpoints of a node that have the same topic and interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Party {
    pub(super) node: usize,
    pub(super) interest: Interest,
    pub(super) count: usize,
}

impl<'a> Side<'a> {
    /// A side with room for this many topics.
    pub(super) fn new(topics: usize) -> Self {
        Self { index: HashMap::with_capacity(topics), ..Self::default() }
    }

    /// Adds an endpoint. The endpoints of one node must be added one after the other.
    pub(super) fn add(&mut self, node: usize, role: &'a Role) {
        let at = *self.index.entry(&role.topic).or_insert(self.topics.len());
        if at == self.topics.len() {
            self.topics.push(&role.topic);
            self.parties.push(Vec::new());
        }
        let own = self.parties[at].iter_mut().rev().take_while(|party| party.node == node);
        let mut is_new = true;
        for party in own {
            is_new = false;
            if party.interest == role.interest {
                party.count += 1;
                return;
            }
        }
        self.parties[at].push(Party { node, interest: role.interest, count: 1 });
        if is_new {
            self.nodes.entry(node).or_default().push(at);
        }
    }

    pub(super) fn find(&self, topic: &Topic) -> Option<usize> {
        self.index.get(topic).copied()
    }

    /// The greatest number of topics of a node.
    pub(super) fn most(&self) -> usize {
        self.nodes.values().map(Vec::len).max().unwrap_or(0)
    }

    /// The topics of all nodes; of a node that has more than `most` topics, a sample of `most`.
    pub(super) fn sample(&self, most: usize) -> Vec<usize> {
        let sample = self.nodes.values().flat_map(|topics| {
            let count = topics.len().min(most);
            (0..count).map(move |at| topics[at * topics.len() / count])
        });
        sample.collect::<BTreeSet<_>>().into_iter().collect()
    }
}
