//! Decides which processes are nodes of their own and which form groups, so that the number of nodes is bounded.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use marketplace_core::EventKinds;

use super::member::Member;
use super::name;
use crate::frame::{Kind, State};

/// The most nodes.
const NODES: usize = 200;
/// The most processes that are nodes of their own because of their state.
const SPECIAL: usize = 60;
/// At least this many similar processes form a group.
const GROUP: usize = 4;

/// A node: one process, or several similar ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// Stays the same as long as its members are similar.
    pub(super) key: String,
    /// The key of the group, if it is a group or a single member of an open group.
    pub(super) group: Option<String>,
    /// Its label, if it is a group.
    pub(super) label: String,
    /// Equal for all processes with the same kinds of endpoints.
    pub(super) shape: u64,
    /// The indices of its members, in rising order.
    pub(super) members: Vec<usize>,
}

/// The nodes: single processes in the order of the members, then groups by name.
pub(super) fn groups(members: &[Member<'_>], open: &BTreeSet<String>) -> Vec<Group> {
    let shapes: Vec<u64> = members.iter().map(shape).collect();
    let special = members.iter().filter(|member| is_special(member)).count();
    let alone = |member: &Member<'_>| special <= SPECIAL && is_special(member);
    let mut groups = Vec::new();
    for similarity in [Similarity::Name, Similarity::Shape, Similarity::Kind] {
        groups = classes(members, &shapes, similarity, &alone);
        if groups.len() <= NODES {
            break;
        }
    }
    let mut room = NODES.saturating_sub(groups.len());
    let mut nodes: Vec<Group> =
        groups.into_iter().flat_map(|group| opened(group, members, open, &mut room)).collect();
    let is_group = |node: &Group| node.members.len() > 1;
    nodes.sort_by(|one, other| match (is_group(one), is_group(other)) {
        (false, false) => one.members.cmp(&other.members),
        (true, true) => (&one.label, &one.key).cmp(&(&other.label, &other.key)),
        (one, other) => one.cmp(&other),
    });
    nodes
}

/// What similar processes have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Similarity {
    /// Kind, endpoints and name.
    Name,
    /// Kind and endpoints.
    Shape,
    Kind,
}

/// The groups of similar processes, and the rest as single nodes.
fn classes(
    members: &[Member<'_>],
    shapes: &[u64],
    similarity: Similarity,
    alone: &dyn Fn(&Member<'_>) -> bool,
) -> Vec<Group> {
    let mut classes: BTreeMap<(String, u64), Vec<usize>> = BTreeMap::new();
    let mut singles = Vec::new();
    for (at, member) in members.iter().enumerate() {
        if alone(member) {
            singles.push(at);
            continue;
        }
        let name = if similarity == Similarity::Name { name::common(member.name) } else { String::new() };
        let shape = if similarity == Similarity::Kind { 0 } else { shapes[at] };
        let state = is_special(member).then_some(member.state as u8);
        let key = digest(&(similarity, &name, member.kind as u8, shape, state));
        classes.entry((name, key)).or_default().push(at);
    }
    let mut groups = Vec::new();
    for ((name, key), class) in classes {
        // If only the kind counts, there is no room for small groups' members.
        let fewest = if similarity == Similarity::Kind { 2 } else { GROUP };
        if class.len() < fewest {
            singles.extend(class);
        } else {
            let key = format!("g{key:016x}");
            let (label, shape) = (label(members, &class, &name), shapes[class[0]]);
            groups.push(Group { label, group: Some(key.clone()), key, shape, members: class });
        }
    }
    groups.extend(singles.into_iter().map(|at| single(members, at, shapes[at], None)));
    groups
}

/// A group; or, if it is open, its members. If there is not enough room, some members stay a group.
fn opened(group: Group, members: &[Member<'_>], open: &BTreeSet<String>, room: &mut usize) -> Vec<Group> {
    if group.group.as_ref().is_none_or(|key| !open.contains(key)) {
        return vec![group];
    }
    let shown = group.members.len().min(*room);
    *room -= shown;
    let singles =
        group.members[..shown].iter().map(|at| single(members, *at, group.shape, group.group.clone()));
    let mut nodes: Vec<Group> = singles.collect();
    if shown < group.members.len() {
        nodes.push(Group { members: group.members[shown..].to_vec(), ..group });
    }
    nodes
}

fn single(members: &[Member<'_>], at: usize, shape: u64, group: Option<String>) -> Group {
    Group { shape, key: format!("p{}", members[at].number), group, label: String::new(), members: vec![at] }
}

/// The label of a group whose members have this part of their names in common, which may be empty.
fn label(members: &[Member<'_>], class: &[usize], name: &str) -> String {
    let label = match name {
        "" => {
            let names: Vec<String> = class.iter().map(|at| name::common(members[*at].name)).collect();
            name::prefix(names.iter().map(String::as_str))
        }
        name => name::prefix([name].into_iter()),
    };
    let first = class.first().map(|at| members[*at].kind).unwrap_or_default();
    match first {
        _ if !label.is_empty() => label,
        Kind::Vm => "VM".to_owned(),
        Kind::Ground => "ground".to_owned(),
        Kind::Process => "process".to_owned(),
    }
}

/// Whether it is a node of its own because of its state.
fn is_special(member: &Member<'_>) -> bool {
    matches!(member.state, State::Stuck | State::Leaving | State::Failed | State::Left)
}

/// The kinds of its endpoints, however many there are of each kind.
fn shape(member: &Member<'_>) -> u64 {
    let shapes = member.endpoints.iter().map(|endpoint| {
        let role = &endpoint.role;
        let handles_messages = endpoint.kinds.contains(EventKinds::MESSAGE);
        (role.topic.message_type(), role.orientation, role.interest, handles_messages)
    });
    digest(&shapes.collect::<BTreeSet<_>>())
}

/// A hash that stays the same as long as the program runs.
fn digest(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
