//! The detail view of a process: its endpoints and their peers.

use std::any::TypeId;
use std::collections::HashMap;

use marketplace_core::{Orientation, Topic};

use crate::endpoint::KnownEndpoint;
use crate::frame::{Detail, Endpoint, Number, Peer};
use crate::panic::catch_panic;
use crate::role;
use crate::row::row;
use crate::state::Stuck;
use crate::text;
use crate::tree::{Process, ProcessTree};

/// How many endpoints are shown, and how many peers of each.
const ENDPOINTS: usize = 100;
const PEERS: usize = 50;
/// How many pairs of endpoints are compared for one view.
const PAIRS: usize = 50_000;
/// How much of a name is shown.
const NAME: usize = 100;

/// The detail view of a process, without its age. `None` if no process has this number.
pub(crate) fn detail(tree: &ProcessTree, stuck: &Stuck, number: Number) -> Option<Detail> {
    let process = tree.get(number)?;
    let mut path: Vec<_> = tree.containers(number).map(|vm| vm.title().to_string()).collect();
    let depth = path.len();
    path.reverse();
    let mut networks = Networks { tree, by_vm: HashMap::new(), pairs: PAIRS };
    let endpoints = process.endpoints.values().take(ENDPOINTS);
    let endpoints: Vec<_> = endpoints.map(|it| endpoint(&mut networks, process, it)).collect();
    Some(Detail {
        row: row(process, stuck.state(process), depth, false),
        path,
        started_by: process.started_by.as_deref().map(str::to_owned),
        hidden_endpoints: process.endpoints.len() - endpoints.len(),
        endpoints,
    })
}

fn endpoint(networks: &mut Networks<'_>, process: &Process, endpoint: &KnownEndpoint) -> Endpoint {
    let KnownEndpoint { id, name, role, kinds, is_meta } = endpoint;
    let around = process.container.unwrap_or_default();
    let outer = networks.tree.get(around).and_then(|vm| vm.container);
    let vm = if *is_meta { outer.unwrap_or_default() } else { around };
    let (peers, hidden_peers) = networks.peers(vm, endpoint);
    Endpoint {
        id: id.0,
        vm,
        name: text::debug(name, NAME),
        role: role::role(role),
        message_type: role::short(role.topic.type_name()),
        is_meta: *is_meta,
        handles: role::kinds(*kinds),
        peers,
        hidden_peers,
    }
}

/// The endpoints of a VM and their processes, by orientation and type.
type ByType<'a> = HashMap<(Orientation, TypeId), Vec<(&'a Process, &'a KnownEndpoint)>>;

/// The networks that have been read so far.
struct Networks<'a> {
    tree: &'a ProcessTree,
    by_vm: HashMap<Number, ByType<'a>>,
    /// How many more pairs of endpoints may be compared.
    pairs: usize,
}

impl<'a> Networks<'a> {
    /// The peers of an endpoint in the network of a VM, and how many more there are than are returned.
    fn peers(&mut self, vm: Number, endpoint: &KnownEndpoint) -> (Vec<Peer>, usize) {
        let tree = self.tree;
        let network = self.by_vm.entry(vm).or_insert_with(|| by_type(tree, vm));
        let key = (endpoint.role.orientation.opposite(), endpoint.role.topic.message_type());
        let (mut peers, mut hidden) = (Vec::new(), 0);
        for (process, other) in network.get(&key).into_iter().flatten() {
            if self.pairs == 0 {
                break;
            }
            self.pairs -= 1;
            let Some(conversation) = conversation(endpoint, other) else { continue };
            if peers.len() == PEERS {
                hidden += 1;
                continue;
            }
            let (process, other) = inner(tree, process, other);
            peers.push(Peer {
                process: process.number,
                process_name: process.title().to_string(),
                endpoint: text::debug(&other.name, NAME),
                conversation: role::topic(&conversation),
            });
        }
        (peers, hidden)
    }
}

fn by_type(tree: &ProcessTree, vm: Number) -> ByType<'_> {
    let mut network = ByType::new();
    let members = tree.vm(vm).into_iter().flat_map(|vm| &vm.members).filter_map(|member| tree.get(*member));
    let endpoints = members.flat_map(|process| process.endpoints.values().map(move |it| (process, it)));
    for (process, endpoint) in endpoints.filter(|(_, endpoint)| !endpoint.is_meta) {
        let key = (endpoint.role.orientation, endpoint.role.topic.message_type());
        network.entry(key).or_default().push((process, endpoint));
    }
    network
}

/// The conversation of two endpoints, if at least one of them is told of the other.
fn conversation(one: &KnownEndpoint, other: &KnownEndpoint) -> Option<Topic> {
    let (one, other) = (&one.role, &other.role);
    let is_seen = one.interest.is_visible_to(other.interest) || other.interest.is_visible_to(one.interest);
    catch_panic(|| is_seen.then(|| one.topic.intersection(&other.topic))).flatten().flatten()
}

/// For an endpoint that a VM has for a process inside it: that process and its endpoint at the meta level.
fn inner<'a>(
    tree: &'a ProcessTree,
    process: &'a Process,
    endpoint: &'a KnownEndpoint,
) -> (&'a Process, &'a KnownEndpoint) {
    let holder = process.container.and_then(|vm| tree.holder(vm, endpoint.id));
    let inner = holder.and_then(|holder| tree.get(holder.inner?));
    let found = inner.and_then(|inner| Some((inner, inner.endpoints.get(&(true, endpoint.id))?)));
    found.unwrap_or((process, endpoint))
}
