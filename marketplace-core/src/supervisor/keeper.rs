//! The process that does a supervisor's work: it starts the children, waits for them, and ends them.
//!
//! No process is given its Pid, so it is not killed with the supervisor. It still exists then, to end the children
//! one by one.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{AbortHandle, Abortable, Aborted};
use tracing::warn;

use super::child::Child;
use super::children::{Change, ChangeChildren, ChildRefused, ChildState, ChildStatus, Children};
use super::machine::{Machine, Step, Wait};
use super::member::Id;
use crate::panic::{Contained, guarded_drop, guarded_drops, shown};
use crate::{Context, Message, Pid, Reason, Spawn, Stopping, Value, topic};

/// The presence of a supervisor, by which supervisors know of each other.
#[derive(Clone, Debug, Message)]
#[message(crate = "crate")]
pub(super) struct Supervising {
    #[message(leaf)]
    pub(super) supervisor: Pid,
    pub(super) part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Message)]
#[message(crate = "crate")]
pub(super) enum Part {
    /// The process that can be seen and killed.
    Supervisor,
    /// Its keeper, which exists until all children are gone.
    Keeper,
    /// Published by the keeper once all children have been started, except those that have failed.
    Started,
}

pub(super) struct Keeper {
    supervisor: Pid,
    children: Children,
    machine: Machine,
    entries: BTreeMap<Id, Entry>,
    waits: BTreeMap<Wait, AbortHandle>,
    has_started: bool,
}

/// A child, and its current process.
struct Entry {
    child: Child,
    process: Process,
    /// Why its last process ended.
    last: Option<Reason>,
    /// Whether an endpoint publishes its status.
    is_shown: bool,
}

enum Process {
    None,
    /// It has been requested. If it is to end as soon as it exists: why.
    Requested(Option<Reason>),
    Running(Pid),
    /// It has ended, but it may have been a supervisor whose children have not ended.
    Ended,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        guarded_drops(mem::take(&mut self.entries).into_values(), "a child");
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // Dropped apart from the recipe, since a panic during another panic would abort the program.
        guarded_drop(self.last.take(), "the reason of a child");
    }
}

impl Keeper {
    pub(super) const fn new(supervisor: Pid, machine: Machine, children: Children) -> Self {
        Self {
            supervisor,
            children,
            machine,
            entries: BTreeMap::new(),
            waits: BTreeMap::new(),
            has_started: false,
        }
    }

    /// Adds a child, which is started in its turn.
    pub(super) fn add(&mut self, child: Child) -> anyhow::Result<()> {
        let id = self.machine.add(child.name(), child.kind())?;
        self.entries.insert(id, Entry { child, process: Process::None, last: None, is_shown: false });
        Ok(())
    }

    /// The process, which leaves when its supervisor has left.
    pub(super) fn spawn(self) -> Spawn {
        Spawn::new(self, |keeper, cx| {
            let supervisor = keeper.supervisor.clone();
            cx.publisher(topic!(Supervising { supervisor: supervisor.clone(), part: Part::Keeper }));
            cx.observe_publishers(topic!(Supervising { supervisor, part: Part::Supervisor }))
                .on_settled(|keeper, cx, peers| {
                    if peers == 0 {
                        keeper.leave(cx, Reason::normal())
                    }
                })
                .on_absence(|keeper, cx, _, reason| keeper.leave(cx, reason.clone()));
            cx.observe_publishers(topic!(Stopping { .. })).on_presence(|keeper, cx, _| {
                keeper.machine.stop();
                keeper.perform_steps(cx);
            });
            cx.subscriber(topic!(ChangeChildren { children: keeper.children.clone(), .. }))
                .on_message(|keeper, cx, request| keeper.change(cx, &request.change));
            // After the first events of these endpoints: if the supervisor is gone already, no child is started.
            cx.yield_then(|keeper, cx| keeper.perform_steps(cx));
        })
    }

    fn leave(&mut self, cx: &mut Context<'_, Self>, reason: Reason) {
        self.machine.leave(reason);
        self.perform_steps(cx);
    }

    fn change(&mut self, cx: &mut Context<'_, Self>, change: &Change) {
        let (child, changed) = match change {
            Change::Add(child) => (child.name(), self.add(child.clone())),
            Change::Remove(name) => (name, self.machine.remove(name)),
        };
        if let Err(error) = changed {
            warn!(%error, "a supervisor refused to change its children");
            let (child, reason) = (Arc::clone(child), error.to_string().into());
            cx.send(ChildRefused { children: self.children.clone(), child, reason });
        }
        self.perform_steps(cx);
    }

    /// Does what is to be done now.
    fn perform_steps(&mut self, cx: &mut Context<'_, Self>) {
        for step in self.machine.steps() {
            match step {
                Step::Start(id) => self.start(cx, id),
                Step::End(id, reason) => self.end(cx, id, reason),
                Step::Restart(id, reason, delay) => self.report(id, &reason, delay),
                Step::Wait(wait, duration) => self.wait(cx, wait, duration),
                Step::Cancel(wait) => {
                    if let Some(sleep) = self.waits.remove(&wait) {
                        sleep.abort();
                    }
                }
                Step::CancelAll => {
                    mem::take(&mut self.waits).into_values().for_each(|sleep| sleep.abort());
                }
                Step::Show(id, status) => self.show(cx, id, status),
                Step::Forget(id) => guarded_drop(self.entries.remove(&id), "a child"),
                Step::Leave(reason) => cx.quit_because(reason),
            }
        }
        if !self.has_started && self.machine.has_started() {
            self.has_started = true;
            cx.publisher(topic!(Supervising { supervisor: self.supervisor.clone(), part: Part::Started }));
        }
    }

    fn start(&mut self, cx: &mut Context<'_, Self>, id: Id) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        entry.process = Process::Requested(None);
        cx.spawn_monitored(
            entry.child.make(),
            move |keeper, cx, pid| keeper.started(cx, id, pid),
            move |keeper, cx, pid, reason| keeper.await_its_children(cx, id, pid, reason),
        );
    }

    fn started(&mut self, cx: &mut Context<'_, Self>, id: Id, pid: Pid) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        if let Process::Requested(Some(reason)) =
            mem::replace(&mut entry.process, Process::Running(pid.clone()))
        {
            cx.kill(&pid, reason);
        }
        if let Some(reason) = &entry.last {
            cx.trace_restart(entry.child.name(), reason);
        }
        // A supervisor has started when its children have started or failed.
        cx.observe_publishers(topic!(Supervising { supervisor: pid, part: _ }))
            .named(("start", id))
            .on_settled(move |keeper, cx, peers| {
                if peers == 0 {
                    keeper.booted(cx, id)
                }
            })
            .on_presence(move |keeper, cx, peer| {
                if peer.conversation.part == topic!(Part::Started) {
                    keeper.booted(cx, id);
                }
            });
    }

    fn booted(&mut self, cx: &mut Context<'_, Self>, id: Id) {
        cx.delete(("start", id));
        // It may have ended in its first turn.
        if let Some(Entry { process: Process::Running(_), .. }) = self.entries.get(&id) {
            self.machine.booted(id);
            self.perform_steps(cx);
        }
    }

    fn end(&mut self, cx: &mut Context<'_, Self>, id: Id, reason: Reason) {
        match self.entries.get_mut(&id).map(|entry| &mut entry.process) {
            Some(Process::Running(pid)) => cx.kill(pid, reason),
            Some(Process::Requested(condemned)) => *condemned = Some(reason),
            Some(Process::Ended | Process::None) | None => {}
        }
    }

    /// If the child is a supervisor, it has ended when its own children have ended. Its keeper exists until then.
    fn await_its_children(&mut self, cx: &mut Context<'_, Self>, id: Id, pid: Pid, reason: Reason) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        entry.process = Process::Ended;
        guarded_drop(entry.last.replace(reason), "the reason of a child");
        cx.delete(("start", id));
        cx.observe_publishers(topic!(Supervising { supervisor: pid, part: Part::Keeper }))
            .named(("end", id))
            .on_settled(move |keeper, cx, peers| {
                if peers == 0 {
                    keeper.ended(cx, id)
                }
            })
            .on_absence(move |keeper, cx, _, _| keeper.ended(cx, id));
    }

    fn ended(&mut self, cx: &mut Context<'_, Self>, id: Id) {
        cx.delete(("end", id));
        let Some(entry) = self.entries.get_mut(&id) else { return };
        entry.process = Process::None;
        let reason = entry.last.clone().unwrap_or_default();
        self.machine.ended(id, reason);
        self.perform_steps(cx);
    }

    /// If the ground's clock fails, the supervisor leaves, because no other process would end the children.
    fn wait(&mut self, cx: &mut Context<'_, Self>, wait: Wait, duration: Duration) {
        let (handle, registration) = AbortHandle::new_pair();
        cx.perform_with(
            move |outside| Abortable::new(Contained::new(outside.sleep(duration), "a wait"), registration),
            move |keeper, cx, slept| match slept.map(|slept| slept.and_then(|slept| slept)) {
                Ok(Ok(())) => {
                    keeper.waits.remove(&wait);
                    keeper.machine.waited(wait);
                    keeper.perform_steps(cx);
                }
                Ok(Err(error)) => keeper.leave(cx, error.context("a supervisor needs a way to wait").into()),
                Err(Aborted) => {}
            },
        );
        self.waits.insert(wait, handle);
    }

    fn report(&self, id: Id, reason: &Reason, delay: Duration) {
        let Some(Entry { child, .. }) = self.entries.get(&id) else { return };
        warn!(child = &**child.name(), error = shown(reason), ?delay, "a child has ended and is restarted");
    }

    fn show(&mut self, cx: &mut Context<'_, Self>, id: Id, status: Option<ChildStatus>) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        let name = Value::from(("state", id));
        if mem::replace(&mut entry.is_shown, status.is_some()) {
            cx.delete(name.clone());
        }
        if let Some(status) = status {
            let (children, child) = (self.children.clone(), Arc::clone(entry.child.name()));
            cx.publisher(topic!(ChildState { children, child, status })).named(name);
        }
    }
}
