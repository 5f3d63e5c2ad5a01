//! The virtual machine: processes, and one network that joins them.
//!
//! A VM is an actor. The ground or the containing VM gives it events, and it emits the actions of its processes at
//! the meta level. It has no clock, and does no input or output.
//!
//! `entry` is a process. `processes` is the table of them, with `turn` for their turns. `perform` performs actions.
//! `presence` tells endpoints of their peers. `index` finds the endpoints that match a message. `outward` is how
//! processes act in the containing VM. `inspect` shows what is in the VM, and `traced` reports what happens in it.

mod entry;
pub(crate) mod index;
mod inspect;
mod members;
mod outward;
mod perform;
mod presence;
mod processes;
mod traced;

use std::fmt;

use futures::channel::oneshot;

use crate::counters::Tally;
use crate::panic::guarded_drops;
use crate::{Action, Actions, Actor, Event, Inspection, Load, Pid, Reason, Spawn, Token};

use entry::Monitor;
use index::Index;
use outward::Outward;
use processes::Processes;

/// A virtual machine, for code that runs one by hand or wraps one. Otherwise use [`Spawn::nested`] and
/// [`Ground`](crate::Ground).
///
/// In one turn it performs actions of its processes until none is pending, or until a few hundred turns have been
/// taken inside. Then it yields to its container (rule S16). An action is never interrupted: a message causes as many
/// turns as it has receivers.
///
/// # Examples
///
/// Running a VM by hand, in place of the ground. This program performs no futures; a VM would emit actions for them,
/// too.
///
/// ```
/// use marketplace_core::{Action, Actions, Actor, Event, Message, Pid, Spawn, VirtualMachine};
///
/// #[derive(Debug, Message)]
/// struct Word(&'static str);
///
/// # fn main() -> anyhow::Result<()> {
/// let speaker = Spawn::new((), |(), cx| cx.send(Word("hello")));
/// let mut vm = VirtualMachine::outermost([speaker]);
/// let mut actions = Actions::new(false);
/// vm.handle(Event::Boot { pid: Pid::detached() }, &mut actions)?;
/// while let Some(Action::Yield(token)) = actions.take().pop() {
///     vm.handle(Event::Resumed { token }, &mut actions)?;
/// }
/// assert_eq!((vm.pending(), vm.dropped()), (0, 1));
/// # Ok(())
/// # }
/// ```
pub struct VirtualMachine {
    processes: Processes,
    index: Index,
    outward: Outward,
    first: Vec<Spawn>,
    /// Its own Pid, if it is nested.
    pid: Option<Pid>,
    resuming: bool,
    /// Where the current slice ends, as a number of actions and turns.
    limit: usize,
    /// The container's counters, to which this VM adds its own when it ends.
    tally: Tally,
    /// The slot of the process whose action is being performed.
    performing: Option<usize>,
    main: Option<Main>,
    /// The slot of the ground's own process. It does not fail because of what the ground does on its behalf.
    ground: Option<usize>,
}

/// The process that ends the program, and the reason with which it left.
struct Main {
    pid: Pid,
    left: Option<Reason>,
}

/// The number of turns and actions after which a VM yields to its container.
const SLICE: usize = 256;

impl VirtualMachine {
    /// A VM that is contained in another one, with its first processes.
    #[must_use]
    pub fn nested(processes: impl IntoIterator<Item = Spawn>) -> Self {
        Self::new(true, processes)
    }

    /// A VM that is contained in no other, with its first processes.
    #[must_use]
    pub fn outermost(processes: impl IntoIterator<Item = Spawn>) -> Self {
        Self::new(false, processes)
    }

    fn new(has_meta: bool, processes: impl IntoIterator<Item = Spawn>) -> Self {
        Self {
            processes: Processes::new(has_meta),
            index: Index::default(),
            outward: Outward::default(),
            first: processes.into_iter().collect(),
            pid: None,
            resuming: false,
            limit: SLICE,
            tally: Tally::default(),
            performing: None,
            main: None,
            ground: None,
        }
    }

    /// How many messages no participant received (rule S5). Code that wraps the VM can read it.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.processes.counted.dropped
    }

    /// How many actions are pending, those inside nested VMs included. A process that is leaving counts as one.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.processes.pending()
    }

    fn boot(&mut self, pid: Pid, outside: &Actions) {
        self.tally = outside.watch.tally.clone();
        if self.processes.actions.has_meta() {
            self.processes.watch.losses = outside.watch.losses.inside(&pid, outside.lent_name());
            self.pid = Some(pid);
        }
        self.trace_as(&outside.watch.tracers);
        for spawn in std::mem::take(&mut self.first) {
            self.processes.spawn(spawn);
        }
    }

    /// Performs actions, in the turn that began after `start` turns.
    fn run(&mut self, start: usize, outside: &mut Actions) {
        self.perform_slice(start, outside);
        let pending = self.processes.pending();
        if self.processes.has_work() && !self.resuming {
            self.resuming = true;
            outside.push(Action::Yield(Token(0)));
        }
        self.processes.rest();
        outside.report(Load { turns: self.processes.all_turns() - start, pending });
    }
}

/// What the ground needs of its VM in addition to the methods of an actor.
impl VirtualMachine {
    pub(crate) fn spawn(&mut self, spawn: Spawn) -> Pid {
        self.spawn_by(spawn, None)
    }

    /// Spawns a process whose end is reported to code outside.
    pub(crate) fn spawn_from_outside(&mut self, spawn: Spawn, ended: oneshot::Sender<Reason>) -> Pid {
        self.spawn_by(spawn, Some(Monitor::Outside(ended)))
    }

    fn spawn_by(&mut self, spawn: Spawn, monitor: Option<Monitor>) -> Pid {
        let pid = self.processes.spawn_by(None, spawn, monitor);
        self.processes.rest();
        pid
    }

    /// Spawns the process on whose behalf the ground acts.
    pub(crate) fn spawn_own(&mut self, spawn: Spawn) -> Pid {
        let pid = self.spawn(spawn);
        self.ground = Some(pid.slot);
        pid
    }

    pub(crate) fn spawn_main(&mut self, spawn: Spawn) {
        let pid = self.spawn(spawn);
        self.main = Some(Main { pid, left: None });
    }

    pub(crate) fn has_work(&self) -> bool {
        self.processes.has_work()
    }

    /// The reason with which the main process left. It is returned once.
    pub(crate) fn main_left(&mut self) -> Option<Reason> {
        self.main.as_mut()?.left.take()
    }

    /// Runs a turn of a process that is not for an event.
    pub(crate) fn turn(&mut self, pid: &Pid, work: impl FnOnce(&mut Actions)) {
        let Some(slot) = self.processes.slot_of(pid) else { return };
        let work = |_: &mut dyn Actor, actions: &mut Actions| {
            work(actions);
            Ok(())
        };
        if self.processes.is_traced() && self.processes.trace_turn(slot, None) {
            self.processes.work_traced(slot, false, work);
        } else {
            self.processes.other_turn_with(slot, work);
        }
        self.processes.rest();
    }
}

impl Drop for VirtualMachine {
    fn drop(&mut self) {
        guarded_drops(self.first.drain(..), "a process that never booted");
        // First the processes inside, which add to the counters of this VM.
        self.trace_end(&Reason::normal());
        self.processes.clear();
        self.tally.add(self.processes.counted());
    }
}

impl Actor for VirtualMachine {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        let start = self.processes.all_turns();
        if !actions.watch.tracers.is_same(&self.processes.actions.watch.tracers) {
            self.trace_as(&actions.watch.tracers);
        }
        match event {
            Event::Boot { pid } => {
                self.boot(pid, actions);
            }
            Event::Resumed { .. } => self.resuming = false,
            event => self.deliver_inward(event),
        }
        self.run(start, actions);
        Ok(())
    }

    fn inspect(&mut self, inspection: &mut Inspection<'_>) {
        self.look(&mut inspection.0);
    }
}

impl fmt::Debug for VirtualMachine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualMachine")
            .field("pending", &self.pending())
            .field("dropped", &self.dropped())
            .finish_non_exhaustive()
    }
}
