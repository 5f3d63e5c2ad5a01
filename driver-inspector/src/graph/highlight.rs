//! Which edges are highlighted, because messages were delivered over them.

use std::any::TypeId;
use std::collections::HashMap;

use super::conversation::Link;
use super::grouping::Group;
use super::member::{Highlight, Highlights, Member};
use crate::frame::{Edge, Number};

/// Sets how many messages and how much feedback were delivered over each edge.
pub(super) fn highlight(
    edges: &mut [Edge],
    links: &[Link],
    groups: &[Group],
    members: &[Member<'_>],
    lights: &Highlights,
) {
    if lights.is_empty() {
        return;
    }
    let nodes: HashMap<Number, usize> = groups
        .iter()
        .enumerate()
        .flat_map(|(node, group)| group.members.iter().map(move |at| (members[*at].number, node)))
        .collect();
    let mut sums: HashMap<(usize, usize, TypeId), Highlight> = HashMap::new();
    for ((publisher, subscriber, message_type), lit) in lights {
        if let (Some(publisher), Some(subscriber)) = (nodes.get(publisher), nodes.get(subscriber)) {
            let sum = sums.entry((*publisher, *subscriber, *message_type)).or_default();
            sum.messages += lit.messages;
            sum.feedback += lit.feedback;
        }
    }
    for (edge, link) in edges.iter_mut().zip(links) {
        if let Some(lit) = sums.get(&(link.publisher, link.subscriber, link.message_type)) {
            (edge.messages, edge.feedback) = (lit.messages, lit.feedback);
        }
    }
}
