//! A slow VM, written from the rules: everything is a list, and every look-up is a scan.

use std::mem::take;
use std::sync::Arc;

use super::asked::{Action, Ask, Endpoint, Event, Path, World};
use super::program::{Child, Program, Script};
use super::scripted::Scripted;
use super::told::Told;
use super::trace::{Line, Seen};

/// The result of a program.
pub(crate) struct Outcome {
    pub(crate) lines: Vec<Line>,
    /// What a trace receives.
    pub(crate) told: String,
    pub(crate) is_overworked: bool,
}

/// Runs the program to its end. The result also says whether a nested VM performed so many actions in one turn that a
/// real one might have given way to its container in between (rule S16), which the model does not do.
pub(crate) fn run(program: &Program) -> Outcome {
    let mut world = World::default();
    let mut vm = Vm::new(None, program.first.clone(), Vec::new());
    let mut tasks: Vec<Path> = Vec::new();
    let mut next = Some(Event { token: Vec::new(), seen: Seen::Boot });
    while let Some(event) = next {
        for action in vm.handle(event, &mut world) {
            let Action::Perform(token) = action else { unreachable!("the ground has no meta level") };
            tasks.push(token);
        }
        if tasks.len() <= 1 {
            world.lines.push(Line::Left(vm.alive()));
        }
        next = tasks.pop().map(|token| {
            let asker = vm.asker(&token, &mut world.lines);
            Event { token, seen: Seen::Completed(asker) }
        });
    }
    // The VM is dropped, and everything that is left is dropped with it.
    vm.end("normal", &mut world);
    let World { mut lines, told, dropped, is_overworked, .. } = world;
    lines.push(Line::Left(Vec::new()));
    lines.extend(dropped.into_iter().map(|(vm, count)| Line::Dropped(vm, count)));
    Outcome { lines, told, is_overworked }
}

pub(crate) struct Vm {
    /// The VM's number as a process.
    pub(crate) number: Option<usize>,
    first: Vec<Arc<Script>>,
    known: Vec<usize>,
    /// Processes that are gone keep their places.
    processes: Vec<Process>,
    /// The actions that processes have requested, in order. `None` is the departure of the process.
    queue: Vec<(usize, Option<Action>)>,
    /// The process whose action is being performed. It cannot be collected yet.
    performing: Option<usize>,
    /// In creation order.
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) created: usize,
    /// The endpoints that processes have at the meta level, in creation order.
    meta: Vec<(usize, Path)>,
    /// The actions that were requested of the container in this turn.
    outside: Vec<Action>,
    work: usize,
}

struct Process {
    number: usize,
    behaviour: Behaviour,
    leaving: Option<String>,
    /// How many futures, continuations and ends of endpoints are still to be reported from outside.
    outstanding: usize,
    /// How many processes it monitors.
    monitored: usize,
    /// The process that monitors it, with the token of the event.
    monitor: Option<(usize, Path)>,
}

enum Behaviour {
    Scripted(Scripted),
    Nested(Box<Vm>),
    Gone,
}

/// The number of actions after which a real VM gives way to its container.
const SLICE: usize = 256;

impl Vm {
    fn new(number: Option<usize>, first: Vec<Arc<Script>>, known: Vec<usize>) -> Self {
        Self {
            number,
            first,
            known,
            processes: Vec::new(),
            queue: Vec::new(),
            performing: None,
            endpoints: Vec::new(),
            created: 0,
            meta: Vec::new(),
            outside: Vec::new(),
            work: 0,
        }
    }

    /// A turn of the VM. It lasts until nothing is pending inside.
    fn handle(&mut self, mut event: Event, world: &mut World) -> Vec<Action> {
        self.work = 0;
        if matches!(event.seen, Seen::Boot) {
            for script in take(&mut self.first) {
                self.spawn(None, Child::Process(script), self.known.clone(), world);
            }
        } else {
            let p = event.token.remove(0);
            if matches!(event.seen, Seen::Spawned(_) | Seen::Ended(..) | Seen::Completed(_) | Seen::Closed) {
                self.processes[p].outstanding = self.processes[p].outstanding.saturating_sub(1);
            }
            self.turn(p, event, world);
        }
        while !self.queue.is_empty() {
            self.round(world);
        }
        world.is_overworked |= self.number.is_some() && self.work >= SLICE;
        take(&mut self.outside)
    }

    /// Rule S4: a round performs the actions that were pending when it began.
    fn round(&mut self, world: &mut World) {
        for _ in 0..self.queue.len() {
            let (p, action) = self.queue.remove(0);
            self.work += 1;
            match action {
                Some(action) => {
                    self.performing = Some(p);
                    self.perform(p, action, world);
                    self.performing = None;
                }
                None => self.remove(p, world),
            }
            self.collect(p);
        }
    }

    fn perform(&mut self, p: usize, action: Action, world: &mut World) {
        match action {
            Action::Local(Ask::Add(endpoint)) => self.add(Endpoint { owner: p, ..endpoint }, world),
            Action::Local(Ask::Delete(name, reason)) => self.delete(p, &name, &reason, world),
            Action::Local(Ask::Send(orientation, content)) => self.send(p, orientation, &content, world),
            Action::Local(Ask::Spawn(child, known, token, monitor)) => {
                let child = self.spawn_monitored(p, child, known, monitor, world);
                if let Some(token) = token {
                    self.turn(p, Event { token, seen: Seen::Spawned(child) }, world);
                }
            }
            // The process is leaving since the end of the turn in which it quit.
            Action::Local(Ask::Quit(None, _)) => {}
            Action::Local(Ask::Quit(Some(pid), reason)) => {
                let is_meant = |process: &Process| process.number == pid && !process.is_gone();
                if let Some(killed) = self.processes.iter().position(is_meant) {
                    self.leave(killed, reason, world);
                }
            }
            Action::Meta(ask) => self.ask_outside(p, ask, world),
            // A process that is leaving would not receive the event.
            Action::Yield(_) | Action::Perform(_) if self.is_leaving(p) => {
                self.tell(p, &Told::Discarded(action.kind()), world);
            }
            Action::Yield(token) => {
                self.turn(p, Event { token, seen: Seen::Resumed }, world);
            }
            Action::Perform(token) => {
                self.processes[p].outstanding += 1;
                self.outside.push(Action::Perform(inside(p, token)));
            }
        }
    }

    /// Rule S14: the VM requests the action on behalf of the process.
    fn ask_outside(&mut self, p: usize, ask: Ask, world: &mut World) {
        let is_about_endpoint = match &ask {
            Ask::Add(_) => true,
            Ask::Delete(name, _) => self.meta.contains(&(p, inside(p, name.clone()))),
            _ => false,
        };
        self.tell(p, &Told::AskedOutside(ask.kind(), is_about_endpoint), world);
        let ask = match ask {
            Ask::Add(endpoint) => {
                let name = inside(p, endpoint.name);
                if self.meta.contains(&(p, name.clone())) {
                    self.processes[p].outstanding += 1;
                } else {
                    self.meta.push((p, name.clone()));
                }
                Ask::Add(Endpoint { name, token: inside(p, endpoint.token), ..endpoint })
            }
            Ask::Delete(name, reason) => {
                let name = inside(p, name);
                let Some(position) = self.meta.iter().position(|(_, other)| *other == name) else { return };
                self.meta.remove(position);
                self.processes[p].outstanding += 1;
                Ask::Delete(name, reason)
            }
            // A process that is leaving would not receive the event.
            Ask::Spawn(child, known, ..) if self.is_leaving(p) => Ask::Spawn(child, known, None, None),
            Ask::Spawn(child, known, token, monitor) => {
                self.processes[p].outstanding += token.iter().chain(&monitor).count();
                let [token, monitor] = [token, monitor].map(|token| Some(inside(p, token?)));
                Ask::Spawn(child, known, token, monitor)
            }
            ask => ask,
        };
        self.outside.push(Action::Local(ask));
    }

    /// Rule S10.
    fn spawn(&mut self, by: Option<usize>, child: Child, known: Vec<usize>, world: &mut World) -> usize {
        let number = world.booted;
        world.booted += 1;
        let behaviour = match child {
            Child::Process(script) => Behaviour::Scripted(Scripted::new(number, script, known)),
            Child::Vm(first) => Behaviour::Nested(Box::new(Self::new(Some(number), first, known))),
        };
        let process =
            Process { number, behaviour, leaving: None, outstanding: 0, monitored: 0, monitor: None };
        self.processes.push(process);
        let by = by.map(|by| self.processes[by].number);
        let p = self.processes.len() - 1;
        self.tell(p, &Told::Started { by }, world);
        self.turn(p, Event { token: Vec::new(), seen: Seen::Boot }, world);
        number
    }

    /// Rule S11: the parent receives the end of the child, unless the parent is leaving already.
    fn spawn_monitored(
        &mut self,
        p: usize,
        child: Child,
        known: Vec<usize>,
        monitor: Option<Path>,
        world: &mut World,
    ) -> usize {
        let monitor = monitor.filter(|_| !self.is_leaving(p));
        self.processes[p].monitored += usize::from(monitor.is_some());
        // The place is set before the child boots, because the child may end at once.
        let place = self.processes.len();
        let number = self.spawn(Some(p), child, known, world);
        self.processes[place].monitor = monitor.map(|token| (p, token));
        number
    }

    /// Rules S2 and S11: a process that is leaving takes no turn, and a turn that fails requests no actions.
    pub(crate) fn turn(&mut self, p: usize, event: Event, world: &mut World) {
        if self.is_leaving(p) {
            return;
        }
        self.work += 1;
        self.tell(p, &Told::TurnBegan(event.seen.kind()), world);
        let process = &mut self.processes[p];
        let (actions, outcome) = match &mut process.behaviour {
            Behaviour::Scripted(scripted) => scripted.handle(event, self.number.is_some(), world),
            Behaviour::Nested(vm) => {
                if matches!(event.seen, Seen::Boot) {
                    world.lines.push(Line::Seen(process.number, 0, Seen::Boot));
                }
                let asked = vm.handle(event, world);
                self.work += vm.work;
                (asked, Ok(()))
            }
            Behaviour::Gone => return,
        };
        match outcome {
            Ok(()) => {
                let quit = actions.iter().find_map(|action| match action {
                    Action::Local(Ask::Quit(None, reason)) => Some(reason.clone()),
                    _ => None,
                });
                self.queue.extend(actions.into_iter().map(|action| (p, Some(action))));
                if let Some(reason) = quit {
                    self.leave(p, reason, world);
                }
            }
            Err(reason) => {
                let discarded = actions.iter().map(|action| Told::Discarded(action.kind()));
                discarded.for_each(|told| self.tell(p, &told, world));
                self.tell(p, &Told::Failed(reason.clone()), world);
                self.leave(p, reason, world);
            }
        }
        self.tell(p, &Told::TurnEnded, world);
        self.collect(p);
    }

    /// Rule S11: a process leaves after all its pending actions.
    fn leave(&mut self, p: usize, reason: String, world: &mut World) {
        if !self.is_leaving(p) {
            self.tell(p, &Told::Leaving(reason.clone()), world);
        }
        self.processes[p].leaving.get_or_insert(reason);
        self.go(p);
    }

    /// Rule S12.
    fn collect(&mut self, p: usize) {
        if self.is_idle(p) && !self.processes[p].is_gone() {
            self.go(p);
        }
    }

    fn go(&mut self, p: usize) {
        if !self.queue.iter().any(|(other, action)| *other == p && action.is_none()) {
            self.queue.push((p, None));
        }
    }

    /// Rule S11, or rule S12 if there is nothing to withdraw.
    fn remove(&mut self, p: usize, world: &mut World) {
        let reason = self.processes[p].leaving.clone().unwrap_or_else(|| "normal".to_owned());
        for endpoint in self.endpoints.clone() {
            if endpoint.owner == p {
                self.delete(p, &endpoint.name, &reason, world);
            }
        }
        for (owner, name) in take(&mut self.meta) {
            if owner == p {
                self.outside.push(Action::Local(Ask::Delete(name, reason.clone())));
            } else {
                self.meta.push((owner, name));
            }
        }
        self.leave_behind(p, &reason, world);
        if let Some((told, token)) = self.processes[p].monitor.take()
            && !self.processes[told].is_gone()
        {
            self.processes[told].monitored -= 1;
            let seen = Seen::Ended(self.processes[p].number, reason);
            self.turn(told, Event { token, seen }, world);
        }
    }

    /// A process is removed, with all processes inside it (rule S14).
    fn leave_behind(&mut self, p: usize, reason: &str, world: &mut World) {
        if let Behaviour::Nested(mut vm) =
            std::mem::replace(&mut self.processes[p].behaviour, Behaviour::Gone)
        {
            vm.end(reason, world);
        }
        self.tell(p, &Told::Left(reason.to_owned()), world);
    }

    /// The VM ends. Its pending actions are discarded.
    fn end(&mut self, reason: &str, world: &mut World) {
        for (p, action) in take(&mut self.queue) {
            if let Some(action) = action {
                self.tell(p, &Told::Discarded(action.kind()), world);
            }
        }
        for p in 0..self.processes.len() {
            if !self.processes[p].is_gone() {
                self.leave_behind(p, reason, world);
            }
        }
    }

    pub(crate) fn tell(&self, p: usize, told: &Told, world: &mut World) {
        world.told.push_str(&told.line(self.number, self.processes[p].number));
    }

    pub(crate) fn is_leaving(&self, p: usize) -> bool {
        self.processes[p].leaving.is_some()
    }

    /// Rule S12.
    fn is_idle(&self, p: usize) -> bool {
        let process = &self.processes[p];
        let is_here = self.endpoints.iter().any(|endpoint| endpoint.owner == p);
        let is_outside = self.meta.iter().any(|(owner, _)| *owner == p);
        let is_pending = self.performing == Some(p)
            || self.queue.iter().any(|(owner, action)| *owner == p && action.is_some());
        !is_here && !is_outside && !is_pending && process.outstanding == 0 && process.monitored == 0
    }

    fn alive(&self) -> Vec<usize> {
        let mut alive: Vec<_> = self.processes.iter().flat_map(Process::alive).collect();
        alive.sort_unstable();
        alive
    }

    /// The process whose future is polled now. If the process is gone, the future is cancelled, and no event reports
    /// it.
    fn asker(&self, token: &[usize], lines: &mut Vec<Line>) -> usize {
        match &self.processes[token[0]].behaviour {
            Behaviour::Nested(vm) => vm.asker(&token[1..], lines),
            Behaviour::Scripted(scripted) => {
                lines.push(Line::Polled(scripted.number, token[1]));
                scripted.number
            }
            Behaviour::Gone => usize::MAX,
        }
    }
}

impl Process {
    const fn is_gone(&self) -> bool {
        matches!(self.behaviour, Behaviour::Gone)
    }

    fn alive(&self) -> Vec<usize> {
        let mut alive = match &self.behaviour {
            Behaviour::Scripted(_) => Vec::new(),
            Behaviour::Nested(vm) => vm.alive(),
            Behaviour::Gone => return Vec::new(),
        };
        alive.push(self.number);
        alive
    }
}

fn inside(p: usize, mut path: Path) -> Path {
    path.insert(0, p);
    path
}
