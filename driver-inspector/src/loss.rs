//! Why a message was dropped, as far as that can be known from its type: the inspector has no topic of a message's value.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::Arc;

use marketplace_core::{Interest, Orientation};

use crate::buffer::Sent;
use crate::endpoint::KnownEndpoint;
use crate::frame::Number;
use crate::role::{call, short, topic};
use crate::text;
use crate::tree::ProcessTree;

/// How many reasons are searched for in one batch, because each search reads all endpoints of a VM.
const SEARCHES: usize = 20;
/// How many topics a reason shows, and how long it may be.
const TOPICS: usize = 3;
const LENGTH: usize = 300;

/// The reasons found so far: one for each VM, message type and orientation.
#[derive(Default)]
pub(crate) struct Losses(HashMap<(Number, TypeId, bool), Arc<str>>);

impl Losses {
    /// Why messages like this one are dropped in a VM. `None` if there were too many searches.
    pub(crate) fn reason(&mut self, tree: &ProcessTree, vm: Number, sent: &Sent) -> Option<Arc<str>> {
        let is_feedback = sent.orientation == Orientation::Subscriber;
        let key = (vm, sent.message_type, is_feedback);
        if let Some(reason) = self.0.get(&key) {
            return Some(Arc::clone(reason));
        }
        if self.0.len() >= SEARCHES {
            return None;
        }
        let reason: Arc<str> = find_reason(tree, vm, sent)?.into();
        self.0.insert(key, Arc::clone(&reason));
        Some(reason)
    }
}

fn find_reason(tree: &ProcessTree, vm: Number, sent: &Sent) -> Option<String> {
    let receiving = sent.orientation.opposite();
    let members = tree.vm(vm)?.members.iter().filter_map(|member| tree.get(*member));
    let members = members.filter(|process| !process.is_leaving);
    let endpoints = members.flat_map(|process| process.endpoints.values()).filter(|it| !it.is_meta);
    let candidates = endpoints.filter(|KnownEndpoint { role, .. }| {
        role.orientation == receiving && role.topic.message_type() == sent.message_type
    });
    let (mut topics, mut participants, mut others) = (Vec::new(), 0_usize, 0_usize);
    for KnownEndpoint { role, .. } in candidates {
        if role.interest != Interest::Participant {
            others += 1;
            continue;
        }
        participants += 1;
        if topics.len() < TOPICS {
            topics.push(topic(&role.topic));
        }
    }
    let (name, call) = (short(sent.type_name), call(receiving, Interest::Participant));
    let reason = match (participants, others) {
        (0, 0) => format!("there is no {call} of {name}"),
        (0, _) => format!("there is no {call} of {name}: {others} only observe"),
        (1, _) => format!("the {call} of {name} has another topic: {}", topics.join("")),
        _ => format!("{participants} {call}s of {name} have other topics: {}", listed(&topics, participants)),
    };
    Some(text::display(&reason, LENGTH))
}

fn listed(topics: &[String], all: usize) -> String {
    let more = if topics.len() < all { ", .." } else { "" };
    format!("{}{more}", topics.join(", "))
}
