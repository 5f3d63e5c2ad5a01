//! A ground that runs: it alternates between input from outside and the work of its VM.

use std::mem;
use std::task::{Context, Poll};
use std::time::Instant;

use futures::future::{BoxFuture, FutureExt, ready};
use futures::stream::{FuturesUnordered, StreamExt};
use tracing::info;

use super::demands::{Demand, Demands};
use super::performed::Performed;
use super::process_handle::SpawnedEnd;
use super::request::{HandleEnd, Request, Stop};
use super::sources::{SourceEvent, Sources};
use crate::panic::{Contained, guard};
use crate::{
    Action, Actions, Actor, AddEndpoint, AnyMessage, Event, EventKinds, EventSource, GroundEvent,
    NetworkAction, Orientation, Pid, Reason, Role, Spawn, Stopping, TaskContext, Token, Value,
    VirtualMachine, topic,
};

/// If at least this many actions are pending in the whole tree, no data events and no requests are accepted (rule
/// S16).
const DATA_MARK: usize = 1024;

/// How many events of one kind are accepted at a time.
const BATCH: usize = 64;

/// After so many slices of work the ground lets the other tasks of its thread run.
const SLICES: usize = 16;

/// The token of the ground's own endpoints, which have no handlers.
const NO_HANDLER: Token = Token(u64::MAX);

pub(super) struct Running {
    vm: VirtualMachine,
    /// The actions of the VM that the ground performs.
    asked: Actions,
    /// Whether the VM has work left from its last slice.
    resume: bool,
    /// The process on whose behalf the ground acts.
    own: Pid,
    demands: Demands,
    sources: Sources,
    outside: TaskContext,
    tasks: FuturesUnordered<Performed>,
    /// Each completes when the process can no longer be killed from outside, or with the reason when it is.
    kills: FuturesUnordered<BoxFuture<'static, (Pid, Option<Reason>)>>,
    handles: HandleEnd,
    kept_by_handles: bool,
    stopping: bool,
    /// Each completes when the deadline of a stop has passed.
    deadlines: FuturesUnordered<BoxFuture<'static, ()>>,
    /// The reason with which the main process has left.
    outcome: Reason,
}

impl Running {
    pub(super) fn new(
        first: Vec<Spawn>,
        main: Option<Spawn>,
        handles: HandleEnd,
        outside: TaskContext,
        asked: Actions,
    ) -> Self {
        let demands = Demands::default();
        let mut vm = VirtualMachine::outermost([]);
        vm.trace_as(&asked.watch.tracers);
        let own = vm.spawn_own(demands.watcher());
        for spawn in first {
            vm.spawn(spawn);
        }
        if let Some(main) = main {
            vm.spawn_main(main);
        }
        Self {
            vm,
            asked,
            resume: true,
            own,
            demands,
            sources: Sources::default(),
            outside,
            tasks: FuturesUnordered::new(),
            kills: FuturesUnordered::new(),
            handles,
            kept_by_handles: true,
            stopping: false,
            deadlines: FuturesUnordered::new(),
            outcome: Reason::normal(),
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Reason> {
        for _ in 0..SLICES {
            // First, so that the receivers of the first requests exist.
            let mut progress = self.run_vm();
            progress |= self.handles.looks.poll(&mut self.vm, &mut self.asked, cx);
            // Polled before the requests, so that all requests made before a stop are performed before it.
            let stops = self.poll_stops(cx);
            progress |= self.take_requests(cx);
            progress |= self.take_stops(stops);
            // Before a deadline ends the run, since an error of the main process is the error of the program.
            progress |= self.follow_main();
            if self.deadlines.poll_next_unpin(cx) == Poll::Ready(Some(())) {
                info!("stop: the deadline has passed");
                return Poll::Ready(mem::take(&mut self.outcome));
            }
            progress |= self.take_completions(cx);
            progress |= self.take_events(cx);
            progress |= self.follow_demands();
            if progress {
                continue;
            }
            if !self.is_over() {
                return Poll::Pending;
            }
            // A request that a handle reported as accepted must not be lost.
            self.handles.requests.close();
            self.handles.looks.close();
            if !self.take_requests(cx) && !self.handles.looks.poll(&mut self.vm, &mut self.asked, cx) {
                return Poll::Ready(mem::take(&mut self.outcome));
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Rule S15.
    fn is_over(&self) -> bool {
        let is_kept = self.kept_by_handles && !self.stopping;
        !is_kept && self.tasks.is_empty() && !self.sources.keep_the_program()
    }

    fn take_requests(&mut self, cx: &mut Context<'_>) -> bool {
        self.kept_by_handles = self.kept_by_handles && self.handles.strong.poll_next_unpin(cx).is_pending();
        for taken in 0..BATCH {
            if self.vm.pending() >= DATA_MARK {
                return taken > 0;
            }
            let Poll::Ready(Some(request)) = self.handles.requests.poll_next_unpin(cx) else {
                return taken > 0;
            };
            match request {
                Request::Send(orientation, message) => self.send(orientation, message),
                Request::Spawn(spawn, end) => self.spawn(spawn, end),
            }
        }
        true
    }

    fn spawn(&mut self, spawn: Spawn, end: SpawnedEnd) {
        let SpawnedEnd { pid: told, ended, killed } = end;
        let pid = self.vm.spawn_from_outside(spawn, ended);
        let _unheard = told.send(pid.clone());
        self.kills.push(killed.map(|killed| (pid, killed.ok().and_then(Result::ok))).boxed());
    }

    /// The requests to stop. They are accepted however far the program is behind.
    fn poll_stops(&mut self, cx: &mut Context<'_>) -> Vec<Stop> {
        let mut stops = Vec::new();
        while let Poll::Ready(Some(stop)) = self.handles.stops.poll_next_unpin(cx) {
            stops.push(stop);
        }
        stops
    }

    fn take_stops(&mut self, stops: Vec<Stop>) -> bool {
        let progress = !stops.is_empty();
        for Stop { deadline, expired } in stops {
            // If the clock panics, the deadline has passed.
            let expired = Contained::new(expired, "a stop's deadline");
            self.deadlines.push(expired.map(|_| ()).boxed());
            self.stop(Some(deadline));
        }
        progress
    }

    fn take_completions(&mut self, cx: &mut Context<'_>) -> bool {
        let mut progress = false;
        while let Poll::Ready(Some((pid, killed))) = self.kills.poll_next_unpin(cx) {
            progress = true;
            if let Some(reason) = killed {
                self.act(NetworkAction::Quit { pid: Some(pid), reason });
            }
        }
        for _ in 0..BATCH {
            let Poll::Ready(Some((token, outcome))) = self.tasks.poll_next_unpin(cx) else { break };
            progress = true;
            self.run_turn(Event::Completed { token, outcome });
        }
        progress
    }

    /// Rule S16.
    fn take_events(&mut self, cx: &mut Context<'_>) -> bool {
        let mut progress = false;
        for _ in 0..BATCH {
            let Some(clock) = self.sources.poll_clocks(cx) else { break };
            progress = true;
            self.publish(clock);
        }
        for _ in 0..BATCH {
            if self.vm.pending() >= DATA_MARK {
                break;
            }
            let Some(data) = self.sources.poll_data(cx) else { break };
            progress = true;
            self.publish(data);
        }
        progress
    }

    fn publish(&mut self, event: SourceEvent) {
        match event {
            SourceEvent::Event(source, value) => {
                let event = AnyMessage::new(GroundEvent { source, value });
                self.send(Orientation::Publisher, event);
            }
            SourceEvent::End(source, reason) => self.withdraw(source, reason),
        }
    }

    fn run_vm(&mut self) -> bool {
        if !self.resume && !self.vm.has_work() {
            return false;
        }
        self.run_turn(Event::Resumed { token: NO_HANDLER });
        true
    }

    /// Runs a turn of the VM, and performs its actions.
    fn run_turn(&mut self, event: Event<'_>) {
        // A turn of a VM never fails because of its processes.
        let _infallible = self.vm.handle(event, &mut self.asked);
        self.resume = false;
        for action in self.asked.take() {
            match action {
                Action::Perform(token, task) => {
                    let future = guard(|| task.into_future(&self.outside))
                        .unwrap_or_else(|panic| ready(Err(panic.into())).boxed());
                    self.tasks.push(Performed { token, future: Contained::new(future, "a future") });
                }
                Action::Yield(_) => self.resume = true,
                // The processes of the outermost VM have no meta level.
                Action::Local(_) | Action::Meta(_) => {}
            }
        }
    }

    fn follow_demands(&mut self) -> bool {
        let demands = self.demands.take();
        let progress = !demands.is_empty();
        for demand in demands {
            match demand {
                Demand::Open(source) => {
                    let role = Role::publisher(topic!(GroundEvent { source: source, .. }));
                    self.add(Value::of(source.clone()), role);
                    if let Err(reason) = self.sources.open(source.clone()) {
                        self.withdraw(source, reason);
                    }
                }
                Demand::Close(source) => {
                    if self.sources.close(&source) {
                        self.withdraw(source, Reason::normal());
                    }
                }
            }
        }
        progress
    }

    fn follow_main(&mut self) -> bool {
        let Some(reason) = self.vm.main_left() else { return false };
        self.outcome = reason;
        self.stop(None);
        true
    }

    /// Rule S18. Of several stops, the first one is published, and all deadlines count.
    fn stop(&mut self, deadline: Option<Instant>) {
        if !mem::replace(&mut self.stopping, true) {
            info!("stopping");
            self.add(Value::unique("stopping"), Role::publisher(topic!(Stopping { deadline })));
        }
    }

    fn send(&mut self, orientation: Orientation, message: AnyMessage) {
        self.act(NetworkAction::Send { orientation, message });
    }

    fn add(&mut self, name: Value, role: Role) {
        self.act(NetworkAction::Add(AddEndpoint { name, role, token: NO_HANDLER, kinds: EventKinds::NONE }));
    }

    fn withdraw(&mut self, source: EventSource, reason: Reason) {
        self.act(NetworkAction::Delete { name: Value::of(source), reason });
    }

    /// Performs an action on behalf of the ground's own process.
    fn act(&mut self, action: NetworkAction) {
        self.vm.turn(&self.own, |actions| actions.push(Action::Local(action)));
    }
}
