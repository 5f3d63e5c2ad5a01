//! The virtual machine: processes and one network that joins them.
//!
//! A VM is an actor: its container, the ground or another VM, gives it events, and it emits what its
//! processes ask of the meta level. It knows no clock and does no input or output.
//!
//! `entry` is a process, `processes` says who takes turns and who leaves, `perform` what each action does, `presence`
//! who is told of whom, `index` whom a message meets, `outward` how a process speaks to the VM's
//! container, `inspect` how it shows what there is in it, and `traced` how it tells what happens.

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

/// A virtual machine, for those who run one by hand or wrap one; otherwise see
/// [`Spawn::nested`] and [`Ground`](crate::Ground).
///
/// A turn of it performs actions of its processes until none is waiting, or until a few hundred turns have
/// been taken inside; then it yields to its container (rule S16). One action is never cut short: a message's
/// turns are as many as its receivers.
///
/// # Examples
///
/// By hand, in the ground's place; the futures that processes perform, for which it would ask too, left out:
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
    /// Its own, where it is nested.
    pid: Option<Pid>,
    resuming: bool,
    /// Where the slice that is performed ends: so many actions and turns.
    limit: usize,
    /// Its container's, where what it has counted goes when it goes itself.
    tally: Tally,
    /// The slot of the process whose action is performed.
    performing: Option<usize>,
    main: Option<Main>,
    /// The slot of the ground's own process, which does not fail for what it hands in.
    ground: Option<usize>,
}

/// The process that ends the program, and the reason with which it left.
struct Main {
    pid: Pid,
    left: Option<Reason>,
}

/// The turns and actions after which a VM yields to its container.
const SLICE: usize = 256;

impl VirtualMachine {
    /// A VM in another VM, with its first processes.
    #[must_use]
    pub fn nested(processes: impl IntoIterator<Item = Spawn>) -> Self {
        Self::new(true, processes)
    }

    /// A VM with no network around it, with its first processes.
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

    /// How many messages no participant was there to take (rule S5); what wraps the VM can read it.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.processes.counted.dropped
    }

    /// How many actions are waiting, those inside nested VMs counted, and a process that is leaving as one.
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

    /// Performs actions, in an event's turn that began after `start` turns.
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

/// What the ground needs of its VM beyond an actor's.
impl VirtualMachine {
    pub(crate) fn spawn(&mut self, spawn: Spawn) -> Pid {
        self.spawn_by(spawn, None)
    }

    /// A process of whose end somebody outside is told.
    pub(crate) fn spawn_from_outside(&mut self, spawn: Spawn, ended: oneshot::Sender<Reason>) -> Pid {
        self.spawn_by(spawn, Some(Monitor::Outside(ended)))
    }

    fn spawn_by(&mut self, spawn: Spawn, monitor: Option<Monitor>) -> Pid {
        let pid = self.processes.spawn_by(None, spawn, monitor);
        self.processes.rest();
        pid
    }

    /// The process in whose name the ground speaks.
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

    /// The reason with which the main process left, told once.
    pub(crate) fn main_left(&mut self) -> Option<Reason> {
        self.main.as_mut()?.left.take()
    }

    /// Runs a turn of a process that is not an event of its actor's.
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
        // First those inside, which add to what this one has counted.
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
