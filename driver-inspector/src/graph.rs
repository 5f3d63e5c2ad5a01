//! The graph of a VM, with its layout: nodes are processes or groups of similar ones, edges are their conversations.

mod conversation;
mod grouping;
mod highlight;
mod layout;
mod member;
mod name;
mod side;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::hash::{DefaultHasher, Hash, Hasher};

use conversation::Link;
use grouping::Group;
use layout::{Layout, Plain};
pub(crate) use member::{Highlights, Member};

use crate::frame::{Edge, Graph, Node};
use crate::role;
use crate::view::GraphView;

/// The most edges in a graph.
const EDGES: usize = 500;
/// How much of a label, and of a topic, is shown, in characters.
const LABEL: usize = 60;
const TOPIC: usize = 120;

/// The graph of a VM. The same program gives the same picture.
pub(crate) fn graph(view: &GraphView, name: &str, members: &[Member<'_>], lights: &Highlights) -> Graph {
    let groups = grouping::groups(members, &view.open);
    let mut links = conversation::links(members, &groups);
    let hidden_edges = drop_least_important(&mut links.links) + links.failed;
    let mut nodes: Vec<Node> = groups.iter().map(|group| node(group, members)).collect();
    let mut edges: Vec<Edge> = links.links.iter().map(|link| edge(link, &groups)).collect();
    highlight::highlight(&mut edges, &links.links, &groups, members, lights);
    let plain: Vec<Plain> = nodes
        .iter()
        .zip(&groups)
        .map(|(node, group)| Plain { width: node.width, shape: group.shape })
        .collect();
    let ends: Vec<(usize, usize)> = links.links.iter().map(|it| (it.publisher, it.subscriber)).collect();
    let layout = layout::layout(&plain, &ends);
    let (width, height) = (layout.width, layout.height);
    draw(&mut nodes, &mut edges, layout);
    Graph {
        vm: view.vm,
        name: name.to_owned(),
        width,
        height,
        nodes,
        edges,
        hidden_processes: 0,
        hidden_edges,
        sampled_members: links.sampled,
    }
}

/// If there are too many edges, drops the least important ones. Returns how many.
fn drop_least_important(links: &mut Vec<Link>) -> usize {
    let hidden = links.len().saturating_sub(EDGES);
    if hidden > 0 {
        links.sort_by_key(|link| (link.is_observer, Reverse(link.conversations)));
        links.truncate(EDGES);
    }
    hidden
}

fn node(group: &Group, members: &[Member<'_>]) -> Node {
    let first = &members[group.members[0]];
    let (count, is_group) = (group.members.len(), group.members.len() > 1);
    let label = match first.name {
        _ if is_group => &group.label,
        "" => first.pid,
        name => name,
    };
    let label = cut(label, LABEL);
    let width = width(&label, count, first.reason);
    Node {
        key: group.key.clone(),
        process: (!is_group).then_some(first.number),
        count,
        kind: first.kind,
        state: first.state,
        reason: first.reason.map(str::to_owned),
        group: group.group.clone(),
        width,
        label,
        ..Node::default()
    }
}

/// The width of a node with this label. A group has its number of members before the label; a process that has left has
/// the reason below it, in smaller letters.
fn width(label: &str, count: usize, reason: Option<&str>) -> f64 {
    let number = if count > 1 { count.to_string().len() + 4 } else { 0 };
    let below = reason.map_or(0, |reason| (reason.chars().count() + 8) * 3 / 4);
    let letters = (label.chars().count() + number).max(below);
    (letters as f64 * 7.5 + 36.0).clamp(90.0, 240.0)
}

fn edge(link: &Link, groups: &[Group]) -> Edge {
    let (from, to) = (groups[link.publisher].key.clone(), groups[link.subscriber].key.clone());
    let mut hasher = DefaultHasher::new();
    link.message_type.hash(&mut hasher);
    Edge {
        key: format!("{from} {to} {:x}", hasher.finish()),
        from,
        to,
        message_type: role::short(link.type_name),
        topic: topic(link),
        conversations: link.conversations,
        is_observer: link.is_observer,
        ..Edge::default()
    }
}

fn topic(link: &Link) -> String {
    let mut topics = link.topics.iter();
    match (topics.next(), link.topics.len()) {
        (Some(topic), 1) => cut(&role::topic(topic), TOPIC),
        (_, count) => format!("{count} topics"),
    }
}

fn draw(nodes: &mut [Node], edges: &mut [Edge], layout: Layout) {
    for (node, area) in nodes.iter_mut().zip(layout.boxes) {
        (node.x, node.y, node.width, node.height) = (area.x, area.y, area.width, area.height);
    }
    for (edge, line) in edges.iter_mut().zip(layout.lines) {
        edge.points = line;
    }
}

/// At most this many characters of a text.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
