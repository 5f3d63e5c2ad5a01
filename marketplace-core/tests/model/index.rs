//! The routing index by itself: hundreds of endpoints of one process are added and removed between messages.

use std::sync::{Arc, Mutex, PoisonError};

use marketplace_core::{
    Action, Actions, Actor, AddEndpoint, Event, EventKinds, Interest, NetworkAction, Orientation, Spawn,
    Token,
};
use proptest::collection::vec;
use proptest::prelude::*;

use super::vm;
use super::vocabulary::{Content, Tree, TreeRole, contents, orientations, topics};

#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// Adds an endpoint of this orientation and topic.
    Add(Orientation, Tree),
    /// Deletes one of the existing endpoints: the one at this index, modulo their number.
    Delete(usize),
    Send(Orientation, Content),
}

/// A delivery: the endpoint, by the number of endpoints that were added before it, and the message.
pub(crate) type Delivery = (usize, Content);

/// Most topics are random, but half of the endpoints share three topics, so that the index has long lists of equal
/// ones.
pub(crate) fn ops() -> impl Strategy<Value = Vec<Op>> {
    vec(topics(), 3).prop_flat_map(|shared| {
        let topic = prop_oneof![topics(), proptest::sample::select(shared)];
        let op = prop_oneof![
            5 => (orientations(), topic).prop_map(|(orientation, topic)| Op::Add(orientation, topic)),
            3 => any::<usize>().prop_map(Op::Delete),
            2 => (orientations(), contents()).prop_map(|(orientation, content)| Op::Send(orientation, content)),
        ];
        vec(op, 0..1000)
    })
}

/// The expected deliveries, found by a scan of all endpoints for each message.
pub(crate) fn scan(ops: &[Op]) -> Vec<Delivery> {
    let mut endpoints = Vec::new();
    let mut deliveries = Vec::new();
    for op in numbered(ops) {
        match op {
            Numbered::Add(number, orientation, topic) => endpoints.push((number, orientation, topic)),
            Numbered::Delete(number) => endpoints.retain(|(other, ..)| *other != number),
            Numbered::Send(sent_as, content) => {
                let takes = |(_, orientation, topic): &&(usize, Orientation, &Tree)| {
                    *orientation != sent_as && topic.intersection(&content.matched).is_some()
                };
                deliveries
                    .extend(endpoints.iter().filter(takes).map(|(number, ..)| (*number, content.clone())));
            }
        }
    }
    deliveries
}

/// The deliveries of a VM.
pub(crate) fn run(ops: Vec<Op>) -> Vec<Delivery> {
    let deliveries = Arc::default();
    vm::drive([Spawn::actor(Process { ops, deliveries: Arc::clone(&deliveries) })]);
    let mut deliveries = deliveries.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::take(&mut *deliveries)
}

/// An op with the number of its endpoint.
enum Numbered<'a> {
    Add(usize, Orientation, &'a Tree),
    Delete(usize),
    Send(Orientation, &'a Content),
}

fn numbered(ops: &[Op]) -> Vec<Numbered<'_>> {
    let mut added = 0;
    let mut live = Vec::new();
    let mut numbered = Vec::new();
    for op in ops {
        numbered.push(match op {
            Op::Add(orientation, topic) => {
                live.push(added);
                added += 1;
                Numbered::Add(added - 1, *orientation, topic)
            }
            Op::Delete(_) if live.is_empty() => continue,
            Op::Delete(index) => Numbered::Delete(live.remove(index % live.len())),
            Op::Send(orientation, content) => Numbered::Send(*orientation, content),
        });
    }
    numbered
}

/// A process that performs all ops when it boots.
struct Process {
    ops: Vec<Op>,
    deliveries: Arc<Mutex<Vec<Delivery>>>,
}

impl Actor for Process {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        match event {
            Event::Boot { .. } => {
                numbered(&self.ops).into_iter().for_each(|op| actions.push(Action::Local(op.into())))
            }
            Event::Message { token, message } => {
                let mut deliveries = self.deliveries.lock().unwrap_or_else(PoisonError::into_inner);
                deliveries.push((token.0 as usize, message.into()));
            }
            _ => {}
        }
        Ok(())
    }
}

impl From<Numbered<'_>> for NetworkAction {
    fn from(op: Numbered<'_>) -> Self {
        match op {
            Numbered::Add(number, orientation, topic) => {
                let role = TreeRole { orientation, interest: Interest::Participant, topic: topic.clone() };
                let (name, token) = (number.into(), Token(number as u64));
                Self::Add(AddEndpoint { name, role: (&role).into(), token, kinds: EventKinds::MESSAGE })
            }
            Numbered::Delete(number) => Self::Delete { name: number.into(), reason: Default::default() },
            Numbered::Send(orientation, content) => Self::Send { orientation, message: content.into() },
        }
    }
}
