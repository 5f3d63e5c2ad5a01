//! What a trace receives of a program: from the VM and from the model alike, compared as text.
//!
//! Processes are numbered in the order in which they start, and endpoints in the order in which they are created in
//! their VM.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use marketplace_core::{
    Action, EndpointId, Event, EventKinds, NetworkAction, Orientation, Pid, Reason, Trace, TraceEvent,
};

use super::vocabulary::{Content, TreeRole};

/// An event in a trace, about a process or about an endpoint of a process.
#[derive(Debug)]
#[expect(dead_code, reason = "shown, and compared as text")]
pub(crate) enum Told {
    Started { by: Option<usize> },
    Leaving(String),
    Left(String),
    TurnBegan(&'static str),
    TurnEnded,
    Failed(String),
    Added(usize, TreeRole, EventKinds),
    Updated(usize, EventKinds),
    Deleted(usize, TreeRole, String),
    Presence(usize, usize, TreeRole),
    Absence(usize, usize, TreeRole, String),
    Sent(Orientation, Content),
    Delivered(usize, Content),
    Taken,
    Dropped,
    Discarded(&'static str),
    AskedOutside(&'static str, bool),
}

impl Told {
    /// The line for this event. The outermost VM has no number.
    pub(crate) fn line(&self, vm: Option<usize>, process: usize) -> String {
        format!("{vm:?}/{process} {self:?}\n")
    }
}

/// The text of a reason. The core's own faults all become "fault", because their text is not part of the rules.
pub(crate) fn text(reason: &Reason) -> String {
    let text = reason.to_string();
    let is_ours = text.strip_prefix("panic: ").unwrap_or(&text).starts_with("why");
    if reason.as_error().is_some() && !is_ours { "fault".to_owned() } else { text }
}

/// A trace that records the events of a VM as lines.
#[derive(Clone, Default)]
pub(crate) struct Teller(Arc<Mutex<Record>>);

#[derive(Default)]
struct Record {
    lines: String,
    processes: HashMap<Pid, usize>,
    endpoints: HashMap<(Option<usize>, EndpointId), usize>,
    /// How many endpoints have been created in each VM.
    created: HashMap<Option<usize>, usize>,
}

impl Teller {
    pub(crate) fn lines(&self) -> String {
        self.lock().lines.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trace for Teller {
    fn trace(&self, vm: &[Pid], event: &TraceEvent<'_>) {
        let mut record = self.lock();
        let vm = vm.last().map(|vm| record.processes[vm]);
        if let Some((pid, told)) = record.told(vm, event) {
            let line = told.line(vm, record.processes[&pid]);
            record.lines.push_str(&line);
        }
    }
}

impl Record {
    fn told(&mut self, vm: Option<usize>, event: &TraceEvent<'_>) -> Option<(Pid, Told)> {
        let id = |id: EndpointId| self.endpoints[&(vm, id)];
        let (pid, told) = match *event {
            TraceEvent::ProcessStarted { pid, by, .. } => {
                let by = by.map(|by| self.processes[by]);
                self.processes.insert(pid.clone(), self.processes.len());
                (pid, Told::Started { by })
            }
            TraceEvent::EndpointAdded { pid, id, role, kinds, .. } => {
                let created = self.created.entry(vm).or_default();
                self.endpoints.insert((vm, id), *created);
                *created += 1;
                (pid, Told::Added(*created - 1, role.into(), kinds))
            }
            TraceEvent::ProcessLeaving { pid, reason } => (pid, Told::Leaving(text(reason))),
            TraceEvent::ProcessLeft { pid, reason, .. } => (pid, Told::Left(text(reason))),
            TraceEvent::TurnBegan { pid, cause, .. } => (pid, Told::TurnBegan(cause_of(cause?))),
            TraceEvent::TurnEnded { pid } => (pid, Told::TurnEnded),
            TraceEvent::Failed { pid, reason } => (pid, Told::Failed(text(reason))),
            TraceEvent::EndpointUpdated { pid, id: own, kinds } => (pid, Told::Updated(id(own), kinds)),
            TraceEvent::EndpointDeleted { pid, id: own, role, reason } => {
                (pid, Told::Deleted(id(own), role.into(), text(reason)))
            }
            TraceEvent::Presence { pid, id: own, peer, role } => {
                (pid, Told::Presence(id(own), id(peer), role.into()))
            }
            TraceEvent::Absence { pid, id: own, peer, role, reason } => {
                (pid, Told::Absence(id(own), id(peer), role.into(), text(reason)))
            }
            TraceEvent::MessageSent { pid, orientation, message } => {
                (pid, Told::Sent(orientation, message.into()))
            }
            TraceEvent::MessageDelivered { pid, id: own, message } => {
                (pid, Told::Delivered(id(own), message.into()))
            }
            TraceEvent::MessageReceived { pid, .. } => (pid, Told::Taken),
            TraceEvent::MessageDropped { pid, .. } => (pid, Told::Dropped),
            TraceEvent::Discarded { pid, action } => (pid, Told::Discarded(kind_of(action))),
            TraceEvent::MetaAction { pid, action, endpoint } => {
                (pid, Told::AskedOutside(kind_of_network(action), endpoint.is_some()))
            }
            _ => return None,
        };
        Some((pid.clone(), told))
    }
}

const fn cause_of(event: &Event<'_>) -> &'static str {
    match event {
        Event::Boot { .. } => "boot",
        Event::Presence { .. } => "presence",
        Event::Absence { .. } => "absence",
        Event::Message { .. } => "message",
        Event::Settled { .. } => "settled",
        Event::Closed { .. } => "closed",
        Event::Spawned { .. } => "spawned",
        Event::Ended { .. } => "ended",
        Event::Resumed { .. } => "resumed",
        Event::Completed { .. } => "completed",
    }
}

const fn kind_of(action: &Action) -> &'static str {
    match action {
        Action::Local(action) | Action::Meta(action) => kind_of_network(action),
        Action::Yield(_) => "yield",
        Action::Perform(..) => "perform",
    }
}

const fn kind_of_network(action: &NetworkAction) -> &'static str {
    match action {
        NetworkAction::Add(_) => "add",
        NetworkAction::Delete { .. } => "delete",
        NetworkAction::Send { .. } => "send",
        NetworkAction::Spawn { .. } => "spawn",
        NetworkAction::Quit { .. } => "quit",
    }
}
