//! A tree of VMs that is built from the events of a trace, to be compared with snapshots.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use marketplace_core::{
    AddEndpoint, Counters, EndpointId, EndpointSnapshot, Event, EventKinds, Level, NetworkAction, Pid,
    ProcessSnapshot, Role, Snapshot, Trace, TraceEvent, Value,
};

/// A VM, as the trace describes it.
#[derive(Clone, Default)]
struct Vm {
    processes: BTreeMap<u64, Process>,
    counted: Counters,
}

#[derive(Clone)]
struct Process {
    pid: Pid,
    name: Option<String>,
    leaving: Option<String>,
    turns: u64,
    /// By their numbers in the VM.
    endpoints: BTreeMap<u64, Endpoint>,
    inside: Vm,
}

#[derive(Clone)]
struct Endpoint {
    name: Value,
    level: Level,
    role: Role,
    kinds: EventKinds,
}

/// The key under which a process is kept: its number, which is in the order of starting.
fn order(pid: &Pid) -> u64 {
    format!("{pid:?}").trim_matches(|c: char| !c.is_ascii_digit()).parse().expect("a number")
}

impl Vm {
    /// Applies an event of the VM at this path inside this one.
    fn tell(&mut self, path: &[Pid], event: &TraceEvent<'_>) {
        let [first, rest @ ..] = path else { return self.happen(event) };
        self.process(first).inside.tell(rest, event);
    }

    fn process(&mut self, pid: &Pid) -> &mut Process {
        self.processes.get_mut(&order(pid)).expect("it has started")
    }

    fn happen(&mut self, event: &TraceEvent<'_>) {
        match *event {
            TraceEvent::ProcessStarted { pid, name, .. } => {
                let process = Process {
                    pid: pid.clone(),
                    name: name.map(str::to_owned),
                    leaving: None,
                    turns: 0,
                    endpoints: BTreeMap::new(),
                    inside: Self::default(),
                };
                self.processes.insert(order(pid), process);
            }
            TraceEvent::ProcessLeaving { pid, reason } => {
                self.process(pid).leaving = Some(reason.to_string());
            }
            TraceEvent::ProcessLeft { pid, .. } => {
                let Process { inside, .. } = self.processes.remove(&order(pid)).expect("it has started");
                self.counted += inside.counted;
            }
            TraceEvent::EndpointAdded { pid, id: EndpointId(id), name, role, kinds } => {
                let (name, role) = (name.clone(), role.clone());
                let endpoint = Endpoint { name, level: Level::Local, role, kinds };
                self.process(pid).endpoints.insert(id, endpoint);
            }
            TraceEvent::EndpointUpdated { pid, id: EndpointId(id), kinds } => {
                self.process(pid).endpoints.get_mut(&id).expect("it is there").kinds = kinds;
            }
            TraceEvent::EndpointDeleted { pid, id: EndpointId(id), .. } => {
                self.process(pid).endpoints.remove(&id);
            }
            TraceEvent::MetaAction { pid, action, endpoint: Some(EndpointId(number)) } => {
                self.process(pid).ask_outside(number, action);
            }
            TraceEvent::TurnBegan { pid, cause, .. } => {
                self.counted.turns += 1;
                self.counted.deliveries += u64::from(matches!(cause, Some(Event::Message { .. })));
                self.process(pid).turns += 1;
            }
            TraceEvent::MessageSent { .. } => self.counted.messages += 1,
            TraceEvent::MessageDropped { .. } => self.counted.dropped += 1,
            TraceEvent::Failed { .. } => self.counted.crashes += 1,
            TraceEvent::Restarted { .. } => self.counted.restarts += 1,
            _ => {}
        }
    }

    /// Prints the VM. `outside` are the endpoints that its process has in the containing VM.
    fn show(&self, outside: &BTreeMap<u64, Endpoint>, depth: usize, text: &mut String) {
        let Counters { messages, deliveries, turns, dropped, crashes, restarts, .. } = self.counted;
        let counted = [messages, deliveries, turns, dropped, crashes, restarts];
        writeln!(text, "{:depth$}counted {counted:?}", "").expect("there is memory");
        for Process { pid, name, leaving, turns, endpoints, inside } in self.processes.values() {
            writeln!(text, "{:depth$}{pid:?} {name:?} {leaving:?} {turns}", "").expect("there is memory");
            for (number, Endpoint { name, level, role, kinds }) in endpoints {
                let in_force = match level {
                    Level::Local => Some((*number, *kinds)),
                    // An action that is pending at the meta level has no effect yet.
                    Level::Meta => outside
                        .iter()
                        .find(|(_, endpoint)| endpoint.name == Value::from(*number))
                        .map(|(id, endpoint)| (*id, endpoint.kinds)),
                };
                if let Some((id, kinds)) = in_force {
                    let line = format!("#{id} {name:?} {level:?} {role:?} {kinds:?}");
                    writeln!(text, "{:depth$} {line}", "").expect("there is memory");
                }
            }
            inside.show(endpoints, depth + 2, text);
        }
    }
}

impl Process {
    /// Applies an action that a process requests in the network around its VM. `number` is the number of the endpoint.
    fn ask_outside(&mut self, number: u64, action: &NetworkAction) {
        match action {
            NetworkAction::Add(AddEndpoint { name, role, kinds, .. }) => {
                let (name, role, kinds) = (name.clone(), role.clone(), *kinds);
                self.endpoints.insert(number, Endpoint { name, level: Level::Meta, role, kinds });
            }
            NetworkAction::Delete { .. } => drop(self.endpoints.remove(&number)),
            _ => {}
        }
    }
}

/// A trace that builds two trees: one from all events, and one from a snapshot and the events after it.
#[derive(Clone, Default)]
pub(crate) struct Folder(Arc<Mutex<Folded>>);

#[derive(Default)]
struct Folded {
    full: Vm,
    late: Option<Vm>,
}

impl Folder {
    /// Begins to apply events to this snapshot.
    pub(crate) fn begin_late(&self, snapshot: &Snapshot) {
        self.lock().late = Some(snapshot.into());
    }

    /// Checks that the trees agree with a snapshot of the current state.
    pub(crate) fn check(&self, snapshot: &Snapshot) -> Result<(), String> {
        let Folded { full, late } = &*self.lock();
        let should = text(&Vm::from(snapshot));
        for (what, vm) in [("full", Some(full)), ("late", late.as_ref())] {
            let told = vm.map(text);
            if told.as_ref().is_some_and(|told| *told != should) {
                let told = told.unwrap_or_default();
                return Err(format!("the {what} recording makes\n{told}\nand there is\n{should}"));
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Folded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trace for Folder {
    fn trace(&self, vm: &[Pid], event: &TraceEvent<'_>) {
        let Folded { full, late } = &mut *self.lock();
        full.tell(vm, event);
        if let Some(late) = late {
            late.tell(vm, event);
        }
    }
}

/// The tree as text.
fn text(vm: &Vm) -> String {
    let mut text = String::new();
    vm.show(&BTreeMap::new(), 0, &mut text);
    text
}

impl From<&Snapshot> for Vm {
    fn from(snapshot: &Snapshot) -> Self {
        let Counters { messages, deliveries, turns, dropped, crashes, restarts, .. } = snapshot.counters;
        let mut counted = Counters::default();
        (counted.messages, counted.deliveries, counted.turns) = (messages, deliveries, turns);
        (counted.dropped, counted.crashes, counted.restarts) = (dropped, crashes, restarts);
        let processes = snapshot.processes.iter();
        Self { processes: processes.map(|process| (order(&process.pid), process.into())).collect(), counted }
    }
}

impl From<&ProcessSnapshot> for Process {
    fn from(process: &ProcessSnapshot) -> Self {
        let ProcessSnapshot { pid, name, leaving, turns, endpoints, requested, inside, .. } = process;
        Self {
            pid: pid.clone(),
            name: name.as_deref().map(str::to_owned),
            leaving: leaving.as_ref().map(ToString::to_string),
            turns: *turns,
            endpoints: endpoints.iter().chain(requested).map(Endpoint::numbered).collect(),
            inside: inside.as_deref().map(Vm::from).unwrap_or_default(),
        }
    }
}

impl Endpoint {
    fn numbered(endpoint: &EndpointSnapshot) -> (u64, Self) {
        let EndpointSnapshot { number: EndpointId(number), name, level, role, kinds, .. } = endpoint;
        (*number, Self { name: name.clone(), level: *level, role: role.clone(), kinds: *kinds })
    }
}
