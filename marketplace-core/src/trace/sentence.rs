//! One event in plain English.

use std::fmt::{self, Write};

use super::TraceEvent;
use super::known::Known;
use super::line::Line;
use super::words::Words;
use crate::{EndpointId, Event, Pid, Role};

/// The sentence about an event.
pub(super) struct Sentence<'a> {
    pub(super) known: &'a Known,
    pub(super) vm: &'a [Pid],
    pub(super) event: &'a TraceEvent<'a>,
}

impl Sentence<'_> {
    pub(super) fn write(&self, line: &mut Line) -> fmt::Result {
        self.write_process(subject(self.event), true, line)?;
        line.write_str(": ")?;
        match self.event {
            TraceEvent::ProcessStarted { by, .. } => self.write_start(*by, line),
            TraceEvent::ProcessLeaving { reason, .. } => write!(line, "is leaving: {reason:#}"),
            TraceEvent::ProcessLeft { reason, .. } => write!(line, "has left: {reason:#}"),
            TraceEvent::Failed { reason, .. } => write!(line, "fails: {reason:#}"),
            TraceEvent::TurnBegan { cause, .. } => self.write_turn(*cause, line),
            TraceEvent::TurnEnded { .. } => line.write_str("ends its turn"),
            TraceEvent::EndpointAdded { name, role, .. } => {
                write!(line, "adds endpoint {name:?}: {}", Words(*role))
            }
            TraceEvent::EndpointUpdated { id, .. } => {
                line.write_str("replaces the handlers of ")?;
                self.write_endpoint(*id, line)
            }
            TraceEvent::EndpointDeleted { id, reason, .. } => {
                line.write_str("deletes ")?;
                self.write_endpoint(*id, line)?;
                write!(line, ": {reason:#}")
            }
            TraceEvent::Presence { id, peer, role, .. } => {
                self.write_peer(*id, "presence", *peer, role, line)
            }
            TraceEvent::Absence { id, peer, role, reason, .. } => {
                self.write_peer(*id, "absence", *peer, role, line)?;
                write!(line, ": {reason:#}")
            }
            TraceEvent::Discarded { action, .. } => {
                write!(line, "its action is discarded: {}", Words(*action))
            }
            TraceEvent::MetaAction { action, .. } => {
                write!(line, "requests at the meta level: {}", Words(*action))
            }
            TraceEvent::Restarted { child, reason, .. } => {
                write!(line, "restarts its child {child}, which left: {reason:#}")
            }
            _ => self.write_message(line),
        }
    }

    fn write_message(&self, line: &mut Line) -> fmt::Result {
        match self.event {
            TraceEvent::MessageSent { orientation, message, .. } => {
                write!(line, "sends as {}: {message:?}", Words(*orientation))
            }
            TraceEvent::MessageDelivered { id, message, .. } => {
                line.write_str("receives at ")?;
                self.write_endpoint(*id, line)?;
                write!(line, ": {message:?}")
            }
            TraceEvent::MessageReceived { orientation, message, .. } => {
                write!(line, "the message that it sent as {} is received: {message:?}", Words(*orientation))
            }
            TraceEvent::MessageDropped { orientation, message, .. } => {
                write!(
                    line,
                    "the message that it sent as {} is dropped, no participant received it: {message:?}",
                    Words(*orientation)
                )
            }
            _ => Ok(()),
        }
    }

    fn write_start(&self, by: Option<&Pid>, line: &mut Line) -> fmt::Result {
        line.write_str("starts")?;
        by.map_or(Ok(()), |by| {
            line.write_str(", spawned by ")?;
            self.write_process(by, false, line)
        })
    }

    fn write_turn(&self, cause: Option<&Event<'_>>, line: &mut Line) -> fmt::Result {
        line.write_str("takes a turn: ")?;
        match cause {
            None => line.write_str("input from outside the ground"),
            Some(Event::Boot { .. }) => line.write_str("boot"),
            Some(Event::Presence { .. }) => line.write_str("a presence"),
            Some(Event::Absence { .. }) => line.write_str("an absence"),
            Some(Event::Message { .. }) => line.write_str("a message"),
            Some(Event::Settled { peers, .. }) => write!(line, "an endpoint is settled, peers: {peers}"),
            Some(Event::Closed { .. }) => line.write_str("an endpoint is closed"),
            Some(Event::Spawned { pid, .. }) => {
                line.write_str("it has spawned ")?;
                self.write_process(pid, false, line)
            }
            Some(Event::Ended { pid, reason, .. }) => write!(line, "{pid:?} has ended: {reason:#}"),
            Some(Event::Resumed { .. }) => line.write_str("it resumes"),
            Some(Event::Completed { outcome: Ok(_), .. }) => line.write_str("its future has completed"),
            Some(Event::Completed { outcome: Err(reason), .. }) => {
                write!(line, "its future has failed: {reason:#}")
            }
        }
    }

    /// Writes a process by its name and Pid, with the VMs that lead to it if `with_path` is set.
    fn write_process(&self, pid: &Pid, with_path: bool, line: &mut Line) -> fmt::Result {
        if with_path && !self.vm.is_empty() {
            self.known.write_path(self.vm, line)?;
            line.write_char('/')?;
        }
        match self.known.name(self.vm, pid).or_else(|| self.told_name(pid)) {
            Some(name) => write!(line, "{name} {pid:?}"),
            None => write!(line, "{pid:?}"),
        }
    }

    /// The name in the event itself, for a process that was not known before.
    fn told_name(&self, of: &Pid) -> Option<&str> {
        match self.event {
            TraceEvent::ProcessLeft { pid, name, .. } if *pid == of => *name,
            _ => None,
        }
    }

    fn write_endpoint(&self, id: EndpointId, line: &mut Line) -> fmt::Result {
        match self.known.endpoint(self.vm, id) {
            Some(endpoint) => write!(line, "{} ({})", endpoint.name, endpoint.role),
            None => write!(line, "#{}", id.0),
        }
    }

    /// Writes that a peer of an endpoint was added or removed.
    fn write_peer(
        &self,
        id: EndpointId,
        change: &str,
        peer: EndpointId,
        role: &Role,
        line: &mut Line,
    ) -> fmt::Result {
        write!(line, "{change} of a {}, ", Words(role))?;
        match self.known.endpoint(self.vm, peer) {
            Some(endpoint) => {
                write!(line, "{} of ", endpoint.name)?;
                self.write_process(&endpoint.pid, false, line)?;
            }
            None => write!(line, "#{}", peer.0)?,
        }
        line.write_str(", at ")?;
        self.write_endpoint(id, line)
    }
}

/// The process that an event is about.
const fn subject<'a>(event: &TraceEvent<'a>) -> &'a Pid {
    match event {
        TraceEvent::ProcessStarted { pid, .. }
        | TraceEvent::ProcessLeaving { pid, .. }
        | TraceEvent::ProcessLeft { pid, .. }
        | TraceEvent::TurnBegan { pid, .. }
        | TraceEvent::TurnEnded { pid }
        | TraceEvent::Failed { pid, .. }
        | TraceEvent::EndpointAdded { pid, .. }
        | TraceEvent::EndpointUpdated { pid, .. }
        | TraceEvent::EndpointDeleted { pid, .. }
        | TraceEvent::Presence { pid, .. }
        | TraceEvent::Absence { pid, .. }
        | TraceEvent::MessageSent { pid, .. }
        | TraceEvent::MessageDelivered { pid, .. }
        | TraceEvent::MessageReceived { pid, .. }
        | TraceEvent::MessageDropped { pid, .. }
        | TraceEvent::Discarded { pid, .. }
        | TraceEvent::MetaAction { pid, .. }
        | TraceEvent::Restarted { pid, .. } => pid,
    }
}
