//! What the graph of a VM shows.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::time::Instant;

use marketplace_core::{EndpointId, EventKinds, Interest, Message, Orientation, Pattern, Role, topic};

use super::member::Highlight;
use super::{Highlights, Member, graph};
use crate::endpoint::KnownEndpoint;
use crate::frame::{Edge, Graph, Kind, Node, State};
use crate::view::GraphView;

#[derive(Debug, Message)]
struct Said {
    room: u32,
    by: u32,
}

#[derive(Debug, Message)]
struct Packet {
    source: u32,
    destination: u32,
}

/// A process, with what `Member` borrows.
#[derive(Debug)]
struct Process {
    number: u64,
    name: String,
    state: State,
    endpoints: Vec<KnownEndpoint>,
}

fn process(number: u64, name: &str, roles: impl IntoIterator<Item = Role>) -> Process {
    let endpoints = roles.into_iter().zip(1..).map(|(role, id)| KnownEndpoint {
        id: EndpointId(id),
        name: "endpoint".into(),
        role,
        kinds: EventKinds::ALL,
        is_meta: false,
    });
    Process { number, name: name.to_owned(), state: State::Idle, endpoints: endpoints.collect() }
}

fn observing<P: Pattern<Value: Message<Pattern = P>>>(topic: P) -> Role {
    Role::subscriber(topic).with_interest(Interest::Observer)
}

fn shown(processes: &[Process]) -> Graph {
    shown_with(processes, &[], &Highlights::new())
}

fn shown_with(processes: &[Process], open: &[&str], lights: &Highlights) -> Graph {
    let members: Vec<Member<'_>> = processes
        .iter()
        .map(|process| Member {
            number: process.number,
            name: &process.name,
            pid: "Pid(1)",
            kind: Kind::Process,
            state: process.state,
            reason: None,
            endpoints: &process.endpoints,
        })
        .collect();
    let view = GraphView { vm: 0, open: open.iter().map(|key| (*key).to_owned()).collect() };
    graph(&view, "ground", &members, lights)
}

fn node<'a>(graph: &'a Graph, label: &str) -> &'a Node {
    graph.nodes.iter().find(|node| node.label == label).expect("there is such a node")
}

/// The edges, as they are read.
fn edges(graph: &Graph) -> Vec<String> {
    let label =
        |key: &str| &graph.nodes.iter().find(|node| node.key == key).expect("an end of an edge").label;
    let shown = graph.edges.iter().map(|edge| {
        let Edge { from, to, message_type, topic, conversations, .. } = edge;
        format!("{} -> {}: {conversations} {message_type}: {topic}", label(from), label(to))
    });
    shown.collect()
}

#[test]
fn who_talks_to_whom_is_joined_by_an_edge_that_says_about_what() {
    let graph = shown(&[
        process(1, "ann", [Role::publisher(topic!(Said { by: 1, .. }))]),
        process(2, "room", [Role::subscriber(topic!(Said { room: 7, .. }))]),
        process(3, "deaf", [Role::subscriber(topic!(Said { room: _, by: 2 }))]),
    ]);
    assert_eq!(edges(&graph), ["ann -> room: 1 Said: Said { room: 7, by: 1 }"]);
    assert!(node(&graph, "ann").x < node(&graph, "room").x);
    assert_eq!((graph.hidden_processes, graph.hidden_edges, graph.sampled_members), (0, 0, 0));
}

#[test]
fn several_conversations_between_two_are_one_edge_for_each_type() {
    let said = |room: u32| Role::publisher(topic!(Said { room, .. }));
    let graph = shown(&[
        process(1, "ann", [said(1), said(2), Role::publisher(topic!(Packet { .. }))]),
        process(2, "room", [Role::subscriber(topic!(Said { .. })), Role::subscriber(topic!(Packet { .. }))]),
    ]);
    assert_eq!(edges(&graph), ["ann -> room: 2 Said: 2 topics", "ann -> room: 1 Packet: Packet { .. }"]);
}

#[test]
fn who_talks_to_itself_has_an_edge_to_itself() {
    let both = [Role::publisher(topic!(Said { .. })), Role::subscriber(topic!(Said { .. }))];
    assert_eq!(edges(&shown(&[process(1, "loner", both)])), ["loner -> loner: 1 Said: Said { .. }"]);
}

#[test]
fn s06_an_edge_says_whether_one_of_both_only_observes_and_two_observers_have_none() {
    let watches_subscribers = Role::publisher(topic!(Said { .. })).with_interest(Interest::Observer);
    let graph = shown(&[
        process(1, "ann", [Role::publisher(topic!(Said { .. }))]),
        process(2, "room", [Role::subscriber(topic!(Said { .. }))]),
        process(3, "eye", [observing(topic!(Said { .. }))]),
        process(4, "guard", [watches_subscribers]),
    ]);
    let observers: Vec<_> =
        graph.edges.iter().map(|edge| (&*edge.from, &*edge.to, edge.is_observer)).collect();
    assert_eq!(observers, [("p1", "p2", false), ("p1", "p3", true), ("p4", "p2", true)]);
}

#[test]
fn from_four_on_equal_processes_are_one_node_unless_it_is_open() {
    let session = |number: u64| {
        let by = u32::try_from(number).expect("it is small");
        process(number, &format!("session {number}"), [Role::publisher(topic!(Said { by, .. }))])
    };
    let room = || process(99, "room", [Role::subscriber(topic!(Said { .. }))]);
    let three: Vec<_> = (1..4).map(session).chain([room()]).collect();
    assert_eq!(shown(&three).nodes.len(), 4);
    let five: Vec<_> = (1..6).map(session).chain([room()]).collect();
    let closed = shown(&five);
    assert_eq!(closed.nodes.len(), 2);
    let group = node(&closed, "session");
    assert_eq!((group.count, group.process), (5, None));
    assert_eq!(edges(&closed), ["session -> room: 5 Said: 5 topics"]);
    let key = group.group.clone().expect("it can be opened");
    let open = shown_with(&five, &[&key], &Highlights::new());
    assert_eq!(open.nodes.iter().filter(|node| node.group.as_ref() == Some(&key)).count(), 5);
    assert_eq!(open.edges.len(), 5);
}

#[test]
fn what_has_failed_is_shown_by_itself() {
    let mut processes: Vec<_> =
        (1..10).map(|number| process(number, &format!("worker {number}"), [])).collect();
    processes[3].state = State::Failed;
    let graph = shown(&processes);
    let failed: Vec<_> = graph.nodes.iter().filter(|node| node.state == State::Failed).collect();
    assert_eq!((graph.nodes.len(), failed.len()), (2, 1));
    assert_eq!((failed[0].count, &*failed[0].label), (1, "worker 4"));
}

#[test]
fn processes_with_other_names_or_other_endpoints_stay_apart() {
    let said = || Role::publisher(topic!(Said { .. }));
    let processes: Vec<_> = ["ann", "bob", "cecil", "dora"]
        .iter()
        .zip(1..)
        .map(|(name, number)| process(number, name, [said()]))
        .chain((5..8).map(|number| process(number, "worker", [said()])))
        .chain([process(8, "worker", [Role::subscriber(topic!(Said { .. }))])])
        .collect();
    assert_eq!(shown(&processes).nodes.len(), 8);
}

#[test]
fn there_are_never_more_nodes_than_can_be_seen_and_none_is_lost() {
    let name = |number: u64| ["a", "b", "c", "d"].map(|letter| letter.repeat(number as usize % 97)).concat();
    for count in [150, 201, 3000] {
        let mut processes: Vec<_> = (0..count)
            .map(|number| process(number, &name(number), [Role::publisher(topic!(Said { .. }))]))
            .collect();
        (0..count as usize / 2).for_each(|at| processes[at].state = State::Failed);
        let closed = shown(&processes);
        let groups: Vec<_> = closed.nodes.iter().filter_map(|node| node.group.as_deref()).collect();
        for graph in [&closed, &shown_with(&processes, &groups, &Highlights::new())] {
            assert!(graph.nodes.len() <= 200, "{}", graph.nodes.len());
            assert_eq!(graph.nodes.iter().map(|node| node.count).sum::<usize>(), processes.len());
            let keys: std::collections::BTreeSet<_> = graph.nodes.iter().map(|node| &node.key).collect();
            assert_eq!(keys.len(), graph.nodes.len());
        }
    }
}

#[test]
fn an_edge_lights_up_by_what_has_gone_over_it() {
    let processes = [
        process(1, "ann", [Role::publisher(topic!(Said { .. }))]),
        process(2, "room", [Role::subscriber(topic!(Said { .. }))]),
    ];
    let lit = Highlight { messages: 3, feedback: 1 };
    let lights = Highlights::from([
        ((1, 2, TypeId::of::<Said>()), lit),
        ((1, 2, TypeId::of::<Packet>()), lit),
        ((2, 1, TypeId::of::<Said>()), lit),
    ]);
    let graph = shown_with(&processes, &[], &lights);
    assert_eq!((graph.edges[0].messages, graph.edges[0].feedback), (3, 1));
}

/// Random roles over a few values, with wildcards.
fn random_role(dice: &mut u64) -> Role {
    let mut below = |most: u64| {
        *dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((*dice >> 33) % most).expect("it is small")
    };
    let (room, by) = (below(3), below(3));
    let topic = match below(4) {
        0 => topic!(Said { room, by }),
        1 => topic!(Said { room, .. }),
        2 => topic!(Said { by, .. }),
        _ => topic!(Said { .. }),
    };
    let role = if below(2) == 0 { Role::publisher(topic) } else { Role::subscriber(topic) };
    role.with_interest([Interest::Participant, Interest::Observer, Interest::Everything][below(3) as usize])
}

/// How many conversations there are from one process to another, by looking at each pair of endpoints.
fn slowly(processes: &[Process]) -> BTreeMap<(String, String), usize> {
    let mut found = BTreeMap::new();
    for (one, other) in processes.iter().flat_map(|one| processes.iter().map(move |other| (one, other))) {
        for publisher in one.endpoints.iter().map(|it| &it.role) {
            for subscriber in other.endpoints.iter().map(|it| &it.role) {
                let sees = publisher.interest.is_visible_to(subscriber.interest)
                    || subscriber.interest.is_visible_to(publisher.interest);
                let link = publisher.orientation == Orientation::Publisher
                    && subscriber.orientation == Orientation::Subscriber
                    && publisher.topic.intersection(&subscriber.topic).is_some();
                if link && sees {
                    *found.entry((format!("p{}", one.number), format!("p{}", other.number))).or_default() +=
                        1;
                }
            }
        }
    }
    found
}

#[test]
fn all_conversations_of_random_programs_are_found() {
    let mut dice = 1;
    for _ in 0..200 {
        let processes: Vec<_> = (1..8)
            .map(|number| {
                let roles: Vec<_> = (0..number % 5).map(|_| random_role(&mut dice)).collect();
                process(number, &"x".repeat(number as usize), roles)
            })
            .collect();
        let graph = shown(&processes);
        let found = graph.edges.iter().map(|edge| ((edge.from.clone(), edge.to.clone()), edge.conversations));
        assert_eq!(found.collect::<BTreeMap<_, _>>(), slowly(&processes));
    }
}

/// A server with a driver that has two endpoints for each connection, and a session of each.
fn server(connections: u32) -> Vec<Process> {
    let flow = |source: u32, destination: u32| topic!(Packet { source, destination });
    let driver = (1..=connections).flat_map(|at| {
        [Role::publisher(flow(at, 0)), Role::subscriber(flow(0, at))]
            .into_iter()
            .map(move |role| role.with_interest(Interest::Everything))
    });
    let sessions = (1..=connections).map(|at| {
        let name = format!("connection 127.0.0.1:{at}");
        let said =
            [Role::publisher(topic!(Said { by: at, .. })), Role::subscriber(topic!(Said { room: 1, .. }))];
        let roles = [Role::subscriber(flow(at, 0)), Role::publisher(flow(0, at))].into_iter().chain(said);
        process(u64::from(at) + 10, &name, roles)
    });
    [process(1, "driver", driver), process(2, "room", [Role::subscriber(topic!(Said { .. }))])]
        .into_iter()
        .chain(sessions)
        .collect()
}

#[test]
fn ten_thousand_connections_are_one_picture() {
    let processes = server(10_000);
    let begun = Instant::now();
    let graph = shown(&processes);
    eprintln!("10,000 connections: {:?}", begun.elapsed());
    let labels: Vec<_> = graph.nodes.iter().map(|node| (&*node.label, node.count)).collect();
    assert_eq!(labels, [("driver", 1), ("room", 1), ("connection", 10_000)]);
    let links: BTreeMap<_, _> = graph
        .edges
        .iter()
        .map(|edge| ((&*edge.from, &*edge.to, &*edge.message_type), edge.conversations))
        .collect();
    let group = &*graph.nodes[2].key;
    assert_eq!(links[&("p1", group, "Packet")], 10_000);
    assert_eq!(links[&(group, "p1", "Packet")], 10_000);
    assert!(graph.sampled_members > 0, "unequal topics are too many to be compared");
}

#[test]
fn the_same_program_gives_the_same_picture() {
    let processes = server(50);
    let picture = || format!("{:?}", shown(&processes));
    assert_eq!(picture(), picture());
}
