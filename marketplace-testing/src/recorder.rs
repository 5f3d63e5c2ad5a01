//! A trace as lines of text, one for each event.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use marketplace_core::{Event, Pid, Snapshot, Trace, TraceEvent};

/// A trace that records one line of text for each event. It uses the names of processes instead of their Pids, so that two
/// runs of the same program give the same lines. Clones are the same recorder.
///
/// Use it to compare what happens in a program. For people to read, use [`Spy`](marketplace_core::Spy).
///
/// # Examples
///
/// ```
/// use marketplace_core::{Ground, Message, Spawn, topic};
/// use marketplace_testing::{Recorder, TestProgram};
///
/// #[derive(Debug, Message)]
/// struct Word(&'static str);
///
/// let recorder = Recorder::new();
/// let speaker = Spawn::new((), |(), cx| cx.send(Word("hello"))).named("speaker");
/// let _program = TestProgram::by_hand(Ground::new().with_trace(recorder.clone()).spawn(speaker));
/// let lines = recorder.take();
/// assert!(lines.contains(&"speaker sends Word(\"hello\")".to_owned()), "{lines:?}");
/// assert!(lines.contains(&"dropped".to_owned()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Record>>);

#[derive(Debug, Default)]
struct Record {
    lines: Vec<String>,
    names: HashMap<Pid, String>,
}

impl Recorder {
    /// An empty recorder.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the names of processes that started before the recorder did.
    pub fn learn(&self, snapshot: &Snapshot) {
        let mut record = self.lock();
        record.learn(snapshot);
    }

    /// The lines since the last call.
    pub fn take(&self) -> Vec<String> {
        mem::take(&mut self.lock().lines)
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    fn learn(&mut self, snapshot: &Snapshot) {
        for process in &snapshot.processes {
            let name = process.name.as_deref().map_or_else(|| format!("{:?}", process.pid), str::to_owned);
            self.names.insert(process.pid.clone(), name);
            process.inside.iter().for_each(|inside| self.learn(inside));
        }
    }

    fn name(&self, pid: &Pid) -> String {
        self.names.get(pid).cloned().unwrap_or_else(|| format!("{pid:?}"))
    }

    fn line(&mut self, event: &TraceEvent<'_>) -> String {
        match event {
            TraceEvent::ProcessStarted { pid, name, by } => {
                self.names.insert((*pid).clone(), name.map_or_else(|| format!("{pid:?}"), str::to_owned));
                let by = by.map(|by| format!(" by {}", self.name(by))).unwrap_or_default();
                format!("{} starts{by}", self.name(pid))
            }
            TraceEvent::ProcessLeaving { pid, reason } => format!("{} is leaving: {reason}", self.name(pid)),
            TraceEvent::ProcessLeft { pid, reason, .. } => format!("{} has left: {reason}", self.name(pid)),
            TraceEvent::TurnBegan { pid, cause, .. } => {
                let cause = match cause {
                    None => "nothing",
                    Some(Event::Boot { .. }) => "boot",
                    Some(Event::Presence { .. }) => "presence",
                    Some(Event::Absence { .. }) => "absence",
                    Some(Event::Message { .. }) => "message",
                    Some(Event::Settled { .. }) => "settled",
                    Some(Event::Closed { .. }) => "closed",
                    Some(Event::Resumed { .. }) => "resumed",
                    Some(_) => "answer",
                };
                format!("{} ({cause}", self.name(pid))
            }
            TraceEvent::TurnEnded { pid } => format!("{} )", self.name(pid)),
            TraceEvent::Failed { pid, reason } => format!("{} fails: {reason}", self.name(pid)),
            TraceEvent::EndpointAdded { pid, name, role, .. } => {
                let (pid, way, topic) = (self.name(pid), role.orientation, &role.topic);
                format!("{pid} adds {name:?}: {way:?} of {topic:?}")
            }
            TraceEvent::EndpointUpdated { pid, .. } => format!("{} updates", self.name(pid)),
            TraceEvent::EndpointDeleted { pid, role, reason, .. } => {
                format!("{} deletes {:?}: {reason}", self.name(pid), role.topic)
            }
            TraceEvent::Presence { pid, role, .. } => format!("{} + {:?}", self.name(pid), role.topic),
            TraceEvent::Absence { pid, role, reason, .. } => {
                format!("{} - {:?}: {reason}", self.name(pid), role.topic)
            }
            TraceEvent::MessageSent { pid, message, .. } => format!("{} sends {message:?}", self.name(pid)),
            TraceEvent::MessageDelivered { pid, .. } => format!("{} gets it", self.name(pid)),
            TraceEvent::MessageReceived { .. } => "taken".to_owned(),
            TraceEvent::MessageDropped { .. } => "dropped".to_owned(),
            TraceEvent::Discarded { pid, action } => {
                let action = format!("{action:?}");
                let action = action.split([' ', '{']).next().unwrap_or_default().to_owned();
                format!("{} does not do {action}", self.name(pid))
            }
            TraceEvent::MetaAction { pid, endpoint, .. } => {
                let about = if endpoint.is_some() { " about an endpoint" } else { "" };
                format!("{} asks outside{about}", self.name(pid))
            }
            TraceEvent::Restarted { pid, child, reason } => {
                format!("{} restarts {child}: {reason}", self.name(pid))
            }
            other => format!("{other:?}"),
        }
    }
}

impl Trace for Recorder {
    fn trace(&self, vm: &[Pid], event: &TraceEvent<'_>) {
        let mut record = self.lock();
        let path: Vec<_> = vm.iter().map(|pid| record.name(pid)).collect();
        let line = record.line(event);
        let path = if path.is_empty() { String::new() } else { format!("{}/", path.join("/")) };
        record.lines.push(format!("{path}{line}"));
    }
}
