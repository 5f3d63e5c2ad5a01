//! Which edges light up.

use std::any::TypeId;
use std::collections::HashMap;

use super::conversation::Talk;
use super::grouping::Group;
use super::member::{Highlight, Highlights, Member};
use crate::frame::{Edge, Number};

/// Tells each edge what has gone over it.
pub(super) fn highlight(
    edges: &mut [Edge],
    talks: &[Talk],
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
    for (edge, talk) in edges.iter_mut().zip(talks) {
        if let Some(lit) = sums.get(&(talk.publisher, talk.subscriber, talk.message_type)) {
            (edge.messages, edge.feedback) = (lit.messages, lit.feedback);
        }
    }
}
