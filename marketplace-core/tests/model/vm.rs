//! Runs programs on the core's VM, driven by hand through the public interface.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::resume_unwind;
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use anyhow::anyhow;
use futures::executor::block_on;
use marketplace_core::{
    Action, Actions, Actor, AddEndpoint, Context, Event, EventKinds, Ground, Inspection, Level,
    NetworkAction, Pid, Reason, Role, Spawn, Task, TaskContext, Token, Trace, TraceScope, VirtualMachine,
};

use super::fold::Folder;
use super::lives::Lives;
use super::looks;
use super::program::{Child, Cursor, End, Op, Program, Script, WITNESS, in_use, kinds_again};
use super::told::{self, Teller};
use super::trace::{Line, Seen};

/// Runs the program to its end.
pub(crate) fn run(program: &Program) -> (Vec<Line>, String) {
    let log = Log::default();
    let teller = Teller::default();
    let first = program.first.iter().map(|script| Process::spawn(script, &[], &log));
    let vm = drive_traced(first, teller.clone(), |tasks| {
        // Only the conductor, or no process, has something left to do.
        if tasks <= 1 {
            log.lock().left();
        }
    });
    log.lock().count_dropped(None, vm.dropped());
    drop(vm);
    log.lock().left();
    let mut record = log.lock();
    let dropped = std::mem::take(&mut record.dropped);
    record.lines.extend(dropped.into_iter().map(|(vm, count)| Line::Dropped(vm, count)));
    (std::mem::take(&mut record.lines), teller.lines())
}

/// Runs the program in VMs that are kept busy, so that they often give way to their containers in the middle of their
/// work. Each time that the outermost VM does, the current state must be the same as the state built from all traced
/// events, and the same as the state built from the snapshot at `moment` and the events since. All ways to inspect the
/// VMs must agree too.
pub(crate) fn fold(program: &Program, moment: usize) -> Result<(), String> {
    let log = Log::default();
    log.lock().is_busy = true;
    let first = program.first.iter().map(|script| Process::spawn(script, &[], &log)).chain([busy()]);
    let folder = Folder::default();
    let mut vm = VirtualMachine::outermost(first);
    let mut driver = Driver::new(Actions::new(false).with_trace(folder.clone()));
    for now in 0.. {
        let is_over = !driver.step(&mut vm, |_| {});
        let snapshot = vm.snapshot();
        let checked = folder.check(&snapshot).and_then(|()| looks::check(&mut vm, &snapshot));
        checked.map_err(|error| format!("at moment {now}: {error}"))?;
        if now == moment {
            folder.begin_late(&snapshot);
        }
        if is_over {
            break;
        }
    }
    Ok(())
}

/// The lives of the program's processes, until its end, as traces of these scopes receive them. The VMs are kept busy,
/// or not.
pub(crate) fn lives(program: &Program, is_busy: bool, scopes: &[TraceScope]) -> Vec<Vec<String>> {
    let log = Log::default();
    log.lock().is_busy = is_busy;
    let first = program.first.iter().map(|script| Process::spawn(script, &[], &log));
    let told: Vec<_> = scopes.iter().map(|scope| Lives::new(*scope)).collect();
    let actions = told.iter().cloned().fold(Actions::new(false), Actions::with_trace);
    drop(drive_by(first.chain(is_busy.then(busy)), actions, |_| {}));
    told.iter().map(Lives::take).collect()
}

/// Takes turns that do nothing, for some rounds.
fn busy() -> Spawn {
    fn go_on(cx: &mut Context<'_, ()>, rounds: usize) {
        (1..150).for_each(|_| cx.yield_then(|(), _| ()));
        cx.yield_then(move |(), cx| {
            if rounds > 0 {
                go_on(cx, rounds - 1);
            }
        });
    }
    Spawn::new((), |(), cx| go_on(cx, 8))
}

/// Runs an outermost VM until nothing is left to do. The most recently requested future is completed first. The
/// conductor was the first to request one, so it continues only when no other process does. Each time that nothing else
/// happens, `quiet` receives the number of futures.
pub(crate) fn drive(first: impl IntoIterator<Item = Spawn>) {
    drive_by(first, Actions::new(false), |_| {});
}

/// The same, with a trace.
fn drive_traced(
    first: impl IntoIterator<Item = Spawn>,
    trace: impl Trace,
    quiet: impl FnMut(usize),
) -> VirtualMachine {
    drive_by(first, Actions::new(false).with_trace(trace), quiet)
}

fn drive_by(
    first: impl IntoIterator<Item = Spawn>,
    actions: Actions,
    mut quiet: impl FnMut(usize),
) -> VirtualMachine {
    let mut vm = VirtualMachine::outermost(first);
    let mut driver = Driver::new(actions);
    while driver.step(&mut vm, &mut quiet) {}
    vm
}

/// Stands for the environment of an outermost VM.
struct Driver {
    actions: Actions,
    tasks: Vec<(Token, Task)>,
    next: Option<Event<'static>>,
}

impl Driver {
    fn new(actions: Actions) -> Self {
        Self { actions, tasks: Vec::new(), next: Some(Event::Boot { pid: some_pid() }) }
    }

    /// Gives the VM a turn. Returns whether there will be another. If there is nothing else to do, `quiet` receives the
    /// number of futures.
    fn step(&mut self, vm: &mut VirtualMachine, mut quiet: impl FnMut(usize)) -> bool {
        let Some(event) = self.next.take() else { return false };
        vm.handle(event, &mut self.actions).expect("a VM's turns never fail");
        for action in self.actions.take() {
            match action {
                Action::Yield(token) => self.next = Some(Event::Resumed { token }),
                Action::Perform(token, task) => self.tasks.push((token, task)),
                Action::Local(_) | Action::Meta(_) => {
                    unreachable!("there is nothing around this VM: {action:?}")
                }
            }
        }
        if self.next.is_none() {
            quiet(self.tasks.len());
            self.next = self.tasks.pop().map(|(token, task)| {
                let outcome = block_on(task.into_future(&TaskContext::default()));
                Event::Completed { token, outcome }
            });
        }
        self.next.is_some()
    }
}

/// A Pid that means nothing here. Pids are opaque, so it has to come from a VM.
fn some_pid() -> Pid {
    let (sender, receiver) = mpsc::channel();
    let process = Spawn::new((), move |_, cx| sender.send(cx.pid().clone()).expect("somebody waits for it"));
    block_on(Ground::new().spawn(process).run()).expect("nothing fails");
    receiver.recv().expect("the process has booted")
}

/// The log that the processes of a program share.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Record>>);

#[derive(Default)]
struct Record {
    lines: Vec<Line>,
    /// The Pids of all processes, in the order in which they booted.
    pids: Vec<Pid>,
    alive: BTreeSet<usize>,
    dropped: BTreeMap<Option<usize>, u64>,
    reasons: HashMap<String, Reason>,
    /// Whether each VM has a process that keeps it busy.
    is_busy: bool,
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    fn boot(&mut self, pid: &Pid) -> usize {
        self.pids.push(pid.clone());
        let number = self.pids.len() - 1;
        self.alive.insert(number);
        number
    }

    fn number(&self, pid: &Pid) -> usize {
        self.pids.iter().position(|booted| booted == pid).expect("nobody hears of a process before it boots")
    }

    fn left(&mut self) {
        let alive = self.alive.iter().copied().collect();
        self.lines.push(Line::Left(alive));
    }

    fn count_dropped(&mut self, vm: Option<usize>, count: u64) {
        if count > 0 {
            self.dropped.insert(vm, count);
        }
    }

    fn see(&mut self, process: usize, event: &Event<'_>) {
        let token = event.token().map_or(0, |token| token.0 as usize);
        let seen = match event {
            Event::Boot { .. } => Seen::Boot,
            Event::Presence { role, .. } => Seen::Presence(role.into()),
            Event::Absence { role, reason, .. } => Seen::Absence(role.into(), self.reason(reason)),
            Event::Message { message, .. } => Seen::Message((*message).into()),
            Event::Settled { peers, .. } => Seen::Settled(*peers),
            Event::Closed { .. } => Seen::Closed,
            Event::Spawned { pid, .. } => Seen::Spawned(self.number(pid)),
            Event::Ended { pid, reason, .. } => Seen::Ended(self.number(pid), self.reason(reason)),
            Event::Resumed { .. } => Seen::Resumed,
            // The output of a process' future is the number of the process.
            Event::Completed { outcome, .. } => {
                Seen::Completed(if outcome.is_ok() { process } else { usize::MAX })
            }
        };
        self.lines.push(Line::Seen(process, token, seen));
    }

    /// The text of a reason. The core's own faults all become "fault", because their text is not part of the rules.
    ///
    /// Reasons with equal text come from the same op, so they must be the same value (rule S11).
    fn reason(&mut self, reason: &Reason) -> String {
        let text = told::text(reason);
        let Some(error) = reason.as_error().filter(|_| text != "fault") else { return text };
        let known = self.reasons.entry(text.clone()).or_insert_with(|| reason.clone());
        assert!(known.as_error().is_some_and(|known| ptr::eq(known, error)), "a copy of the reason {text}");
        text
    }
}

/// A process that follows a script.
struct Process {
    log: Log,
    number: usize,
    cursor: Cursor,
    known: Vec<Pid>,
}

/// A nested VM that is a numbered process.
struct NestedVm {
    log: Log,
    number: usize,
    vm: VirtualMachine,
}

impl Process {
    fn spawn(script: &Arc<Script>, known: &[Pid], log: &Log) -> Spawn {
        let cursor = Cursor::new(Arc::clone(script));
        Spawn::actor(Self { log: log.clone(), number: usize::MAX, cursor, known: known.to_vec() })
    }

    fn spawn_child(&self, child: &Child) -> Spawn {
        match child {
            Child::Process(script) => Self::spawn(script, &self.known, &self.log),
            Child::Vm(scripts) => {
                let first = scripts.iter().map(|script| Self::spawn(script, &self.known, &self.log));
                let busy = self.log.lock().is_busy.then(busy);
                let vm = VirtualMachine::nested(first.chain(busy));
                Spawn::actor(NestedVm { log: self.log.clone(), number: usize::MAX, vm })
            }
        }
    }

    fn emit(&mut self, op: Op, reason: Reason, actions: &mut Actions) {
        let (level, action) = match op {
            Op::Add(level, name, role, kinds) => (level, self.add(level, name, (&role).into(), kinds)),
            Op::AddAgain(level, name, kinds) => {
                let Some(name) = in_use(name, |name| role(actions, level, name).is_some()) else { return };
                let Some(role) = role(actions, level, name).cloned() else { return };
                (level, self.add(level, name, role, kinds_again(name, kinds)))
            }
            Op::Delete(level, name) => {
                let name = in_use(name, |name| role(actions, level, name).is_some()).unwrap_or(name);
                (level, NetworkAction::Delete { name: name.into(), reason })
            }
            Op::Send(level, orientation, content) => {
                (level, NetworkAction::Send { orientation, message: (&content).into() })
            }
            Op::Spawn(level, child, is_told, is_monitor) => {
                let token = is_told.then(|| self.request());
                let monitor = is_monitor.then(|| self.request());
                (level, NetworkAction::Spawn { spawn: self.spawn_child(&child), token, monitor })
            }
            Op::Quit(level) => (level, NetworkAction::Quit { pid: None, reason }),
            Op::Kill(level, whom) => {
                let pid = Some(self.known[whom % self.known.len()].clone());
                (level, NetworkAction::Quit { pid, reason })
            }
            Op::KillAll => {
                for pid in self.log.lock().pids.iter().skip(WITNESS + 1).cloned() {
                    actions
                        .push(Action::Local(NetworkAction::Quit { pid: Some(pid), reason: reason.clone() }));
                }
                return;
            }
            Op::Yield => return actions.push(Action::Yield(self.request())),
            Op::Perform => return self.perform(actions),
        };
        actions.push(match level {
            Level::Local => Action::Local(action),
            Level::Meta => Action::Meta(action),
        });
    }

    fn add(&mut self, level: Level, name: usize, role: Role, kinds: EventKinds) -> NetworkAction {
        let token = Token(self.cursor.endpoint(level, name) as u64);
        NetworkAction::Add(AddEndpoint { name: name.into(), role, token, kinds })
    }

    fn perform(&mut self, actions: &mut Actions) {
        let token = self.request();
        let (log, number) = (self.log.clone(), self.number);
        let polled = async move { log.lock().lines.push(Line::Polled(number, token.0 as usize)) };
        actions.push(Action::Perform(token, Task::new(polled)));
    }

    fn request(&mut self) -> Token {
        Token(self.cursor.request() as u64)
    }
}

/// The role of an endpoint of the process that emits these actions.
fn role(actions: &Actions, level: Level, name: usize) -> Option<&Role> {
    let (name, mut endpoints) = (name.into(), actions.endpoints());
    endpoints.find(|(at, other, _)| (*at, *other) == (level, &name)).map(|(_, _, role)| role)
}

impl Actor for Process {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        match &event {
            Event::Boot { pid } => {
                self.number = self.log.lock().boot(pid);
                self.known.push(pid.clone());
            }
            Event::Spawned { pid, .. } => self.known.push(pid.clone()),
            _ => {}
        }
        self.log.lock().see(self.number, &event);
        let (ops, end, why) = self.cursor.next_turn(self.number);
        for (op, why) in ops {
            self.emit(op, Reason::error(anyhow!(why)), actions);
        }
        match end {
            End::Return => Ok(()),
            End::Fail => Err(anyhow!(why)),
            // A panic like any other, except that the panic hook does not print it.
            End::Panic => resume_unwind(Box::new(why)),
        }
    }
}

impl Actor for NestedVm {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        if let Event::Boot { pid } = &event {
            let mut record = self.log.lock();
            self.number = record.boot(pid);
            record.see(self.number, &event);
        }
        self.vm.handle(event, actions)
    }

    fn inspect(&mut self, inspection: &mut Inspection<'_>) {
        self.vm.inspect(inspection);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.log.lock().alive.remove(&self.number);
    }
}

impl Drop for NestedVm {
    fn drop(&mut self) {
        let mut record = self.log.lock();
        record.alive.remove(&self.number);
        record.count_dropped(Some(self.number), self.vm.dropped());
    }
}
