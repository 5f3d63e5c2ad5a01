//! Which processes are shown by themselves, and which as one, so that there are never more nodes than can be seen.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use marketplace_core::EventKinds;

use super::member::Member;
use super::name;
use crate::frame::{Kind, State};

/// The most nodes.
const NODES: usize = 200;
/// The most processes that are shown by themselves because of their state.
const SPECIAL: usize = 60;
/// From so many on, equal ones are a group.
const GROUP: usize = 4;

/// One process, or several that are shown as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// Stays the same as long as its members are alike.
    pub(super) key: String,
    /// The group's key, if it is one, or its only member is one of an open group.
    pub(super) group: Option<String>,
    /// What it is called, if it is a group.
    pub(super) label: String,
    /// The same for all whose endpoints are for the same things.
    pub(super) shape: u64,
    /// Its members' indices, in rising order.
    pub(super) members: Vec<usize>,
}

/// The nodes: single processes in the order of the members, then groups by their names.
pub(super) fn groups(members: &[Member<'_>], open: &BTreeSet<String>) -> Vec<Group> {
    let shapes: Vec<u64> = members.iter().map(shape).collect();
    let special = members.iter().filter(|member| is_special(member)).count();
    let alone = |member: &Member<'_>| special <= SPECIAL && is_special(member);
    let mut groups = Vec::new();
    for likeness in [Likeness::Name, Likeness::Shape, Likeness::Kind] {
        groups = classes(members, &shapes, likeness, &alone);
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

/// In what processes have to be alike to be shown as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Likeness {
    /// Kind, endpoints and name.
    Name,
    /// Kind and endpoints.
    Shape,
    Kind,
}

/// The processes as groups of equal ones, and the rest one by one.
fn classes(
    members: &[Member<'_>],
    shapes: &[u64],
    likeness: Likeness,
    alone: &dyn Fn(&Member<'_>) -> bool,
) -> Vec<Group> {
    let mut classes: BTreeMap<(String, u64), Vec<usize>> = BTreeMap::new();
    let mut singles = Vec::new();
    for (at, member) in members.iter().enumerate() {
        if alone(member) {
            singles.push(at);
            continue;
        }
        let name = if likeness == Likeness::Name { name::common(member.name) } else { String::new() };
        let shape = if likeness == Likeness::Kind { 0 } else { shapes[at] };
        let state = is_special(member).then_some(member.state as u8);
        let key = digest(&(likeness, &name, member.kind as u8, shape, state));
        classes.entry((name, key)).or_default().push(at);
    }
    let mut groups = Vec::new();
    for ((name, key), class) in classes {
        // Where all that counts is the kind, there is no room for a few of each.
        let fewest = if likeness == Likeness::Kind { 2 } else { GROUP };
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

/// A group, or, if it is open, its members; as many as there is room for, the others still as one.
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

/// What a group is called, whose members have this name in common, if any.
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

/// Whether it is shown by itself, since something has happened to it.
fn is_special(member: &Member<'_>) -> bool {
    matches!(member.state, State::Stuck | State::Leaving | State::Failed | State::Left)
}

/// What its endpoints are for, however many there are of each.
fn shape(member: &Member<'_>) -> u64 {
    let shapes = member.endpoints.iter().map(|endpoint| {
        let role = &endpoint.role;
        let hears = endpoint.kinds.contains(EventKinds::MESSAGE);
        (role.topic.message_type(), role.orientation, role.interest, hears)
    });
    digest(&shapes.collect::<BTreeSet<_>>())
}

/// The same for the same as long as the program runs.
fn digest(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
