//! The interface from the view of its users: names, wrappers, values, reasons, subscriptions, and which types can
//! cross threads.

#[expect(dead_code, unused_imports, reason = "the rules' tests use the rest")]
mod support;

use std::cell::Cell;
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use futures::{FutureExt, StreamExt};
use marketplace_core::{
    Action, Actions, Actor, AddEndpoint, AnyMessage, Ask, AskError, ChangeChildren, Child, ChildRefused,
    ChildState, ChildStatus, Children, Context, Counters, DemandMatcher, Difference, Endpoint, Event,
    EventKinds, EventSource, EventValue, ExplainedEndpoint, Explanation, FlightRecorder, FloatLeaf, Ground,
    GroundDropped, GroundEnded, GroundEvent, Handle, HandleAsk, Interest, Leaf, Level, Limits, Load,
    Location, Network, NetworkAction, Observation, OptionPattern, Orientation, Output, Peer, Pid,
    PresenceChange, ProcessHandle, ProcessName, ProcessStatus, Reason, Reply, Request, RequestPattern,
    Restart, Role, Shape, Snapshot, Spans, Spawn, Spy, Stopping, Strategy, Subscription, Supervisor,
    TakeOnce, Task, Token, TooManyRestarts, Topic, TraceGuard, TraceScope, Value, VirtualMachine, topic,
};

use support::{FallibleTurn, Get, Go, Log, Say, Stage, publisher, speaker, trace};

#[test]
fn an_endpoint_is_deleted_by_its_name() -> anyhow::Result<()> {
    let log = Log::default();
    let process = Spawn::new((), |(), cx| {
        cx.publisher(topic!(Say(1, "named"))).named("name");
        let anonymous = cx.publisher(topic!(Say(1, "anonymous"))).name();
        let named = cx.publisher(topic!(Say(1, "named later"))).named(("name", 2)).name();
        cx.subscriber(topic!(Go(1))).on_message(move |(), cx, _| {
            cx.delete("name");
            cx.delete(anonymous.clone());
            cx.delete(named.clone());
        });
    });
    let mut stage = Stage::new([log.watcher("a", Role::subscriber(topic!(Say(1, _)))), process]);
    log.take();
    stage.go(1)?;
    let gone = ["named", "anonymous", "named later"].map(|word| format!("a - Say(1, {word:?}), normal"));
    assert_eq!(log.take(), gone);
    Ok(())
}

#[test]
fn the_name_that_was_given_last_counts() -> anyhow::Result<()> {
    let log = Log::default();
    let process = Spawn::new((), |(), cx| {
        cx.publisher(topic!(Say(1, "first"))).named("x");
        cx.publisher(topic!(Say(1, "second"))).named("w").named("y");
        cx.publisher(topic!(Say(1, "third"))).named("w");
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.delete("y"));
    });
    let mut stage = Stage::new([log.watcher("a", Role::subscriber(topic!(Say(1, _)))), process]);
    log.take();
    stage.go(1)?;
    assert_eq!(log.take(), ["a - Say(1, \"second\"), normal"]);
    Ok(())
}

#[test]
fn the_old_handlers_of_an_endpoint_get_its_events_until_it_has_been_added_again() {
    let lines = trace(|log| {
        let (old, new) = (log.events("old"), log.events("new"));
        let process = Spawn::new((), |(), cx| {
            cx.subscriber(topic!(Say(1, _))).named("ears").on(EventKinds::MESSAGE, old);
            cx.yield_then(|(), cx| {
                cx.send(Say(1, "before"));
                cx.subscriber(topic!(Say(1, _))).named("ears").on(EventKinds::MESSAGE, new);
                cx.send(Say(1, "after"));
            });
        });
        [process]
    });
    assert_eq!(lines, ["old: before", "new: after"]);
}

#[test]
fn several_handlers_of_one_kind_run_in_the_order_given() {
    let lines = trace(|log| {
        let [first, second, third] = ["first", "second", "third"].map(|who| log.events(who));
        let process = Spawn::new((), |(), cx| {
            cx.subscriber(topic!(Say(1, _)))
                .on(EventKinds::MESSAGE, first)
                .on(EventKinds::ALL, second)
                .on(EventKinds::MESSAGE, third);
        });
        [process, speaker(1, ["x"])]
    });
    assert_eq!(lines, ["second settled, 0", "first: x", "second: x", "third: x"]);
}

#[test]
fn an_error_of_a_handler_keeps_the_later_ones_from_running() {
    let lines = trace(|log| {
        let later = log.events("later");
        let process = Spawn::new((), |(), cx| {
            cx.subscriber(topic!(Say(1, _)))
                .on_message(|(), _, _| bail!("broken"))
                .on(EventKinds::MESSAGE, later);
        });
        [process, speaker(1, ["x"])]
    });
    assert!(lines.is_empty());
}

/// Passes on all actions, except messages.
struct Hush<A>(A);

impl<A: Actor> Actor for Hush<A> {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        self.0.handle(event, actions)?;
        for action in actions.take() {
            if !matches!(action, Action::Local(NetworkAction::Send { .. })) {
                actions.push(action);
            }
        }
        Ok(())
    }
}

#[test]
fn a_combinator_can_filter_what_any_actor_does() -> anyhow::Result<()> {
    let log = Log::default();
    let loud = Spawn::new((), |(), cx| {
        cx.send(Say(1, "boot"));
        cx.publisher(topic!(Say(1, _))).named("name");
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| {
            cx.send(Say(1, "on the first step"));
            cx.publisher(topic!(Say(1, _))).named("name");
            cx.quit();
        });
    });
    let mut stage = Stage::new([log.watcher("a", Role::subscriber(topic!(Say(1, _)))), loud.wrap(Hush)]);
    stage.go(1)?;
    assert_eq!(log.take(), ["a settled, 0", "a + Say(1, _)", "a - Say(1, _), normal"]);
    Ok(())
}

/// Removes the quit actions of an actor.
struct Stay<A>(A);

impl<A: Actor> Actor for Stay<A> {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        self.0.handle(event, actions)?;
        for action in actions.take() {
            if !matches!(action, Action::Local(NetworkAction::Quit { .. })) {
                actions.push(action);
            }
        }
        Ok(())
    }
}

#[test]
fn a_combinator_can_keep_an_actor_from_quitting() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([publisher(1, 1).wrap(Stay)]);
    stage.go(1)?;
    stage.spawn(log.watcher("a", Role::subscriber(topic!(Say(1, _)))))?;
    assert_eq!(log.lines(), ["a + Say(1, _)", "a settled, 1"]);
    Ok(())
}

/// Quits when the actor fails.
struct Discreet<A>(A);

impl<A: Actor> Actor for Discreet<A> {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        let outcome = self.0.handle(event, actions);
        let fault = actions.take_error();
        if outcome.is_err() || fault.is_some() {
            drop(actions.take());
            actions.push(Action::Local(NetworkAction::Quit { pid: None, reason: Reason::normal() }));
        }
        Ok(())
    }
}

#[test]
fn a_combinator_can_turn_a_failure_into_a_quiet_end() -> anyhow::Result<()> {
    let failures: [FallibleTurn; 3] = [
        |_| bail!("broken"),
        |cx| {
            cx.meta().quit();
            Ok(())
        },
        |cx| {
            cx.subscriber(topic!(Say(2, _))).named("name");
            Ok(())
        },
    ];
    for fail in failures {
        let log = Log::default();
        let failing = Spawn::new((), move |(), cx| {
            cx.publisher(topic!(Say(1, _))).named("name");
            cx.subscriber(topic!(Go(1))).on_message(move |(), cx, _| {
                cx.send(Say(1, "said before it failed"));
                fail(cx)
            });
        });
        let watcher = log.watcher("a", Role::subscriber(topic!(Say(1, _))));
        let mut stage = Stage::new([watcher, failing.wrap(Discreet)]);
        log.take();
        stage.go(1)?;
        assert_eq!(log.take(), ["a - Say(1, _), normal"]);
    }
    Ok(())
}

/// Adds an endpoint that handles certain kinds of event, and logs every event that it receives.
struct Choosy(Log, EventKinds);

impl Actor for Choosy {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        let Self(log, kinds) = self;
        if let Event::Boot { .. } = event {
            let role = Role::subscriber(topic!(Say(1, _)));
            let add = AddEndpoint { name: "a".into(), role, token: Token(7), kinds: *kinds };
            actions.push(Action::Local(NetworkAction::Add(add)));
        } else {
            assert_eq!(event.token(), Some(Token(7)));
            log.event("a", &event);
        }
        Ok(())
    }
}

#[test]
fn an_endpoint_takes_no_turn_for_events_that_it_does_not_handle() -> anyhow::Result<()> {
    let told = |kinds| {
        let log = Log::default();
        let mut stage =
            Stage::new([Spawn::actor(Choosy(log.clone(), kinds)), publisher(1, 1), speaker(1, ["x"])]);
        stage.go(1)?;
        Ok::<_, anyhow::Error>(log.lines())
    };
    assert_eq!(told(EventKinds::NONE)?, [""; 0]);
    assert_eq!(told(EventKinds::MESSAGE)?, ["a: x"]);
    assert_eq!(told(EventKinds::PRESENCE | EventKinds::SETTLED)?, ["a settled, 0", "a + Say(1, _)"]);
    assert_eq!(told(EventKinds::ABSENCE)?, ["a - Say(1, _), normal"]);
    assert_eq!(told(EventKinds::ALL)?, ["a settled, 0", "a + Say(1, _)", "a: x", "a - Say(1, _), normal"]);
    Ok(())
}

#[test]
fn values_are_compared_by_what_they_mean() {
    assert_eq!(Value::from("x"), Value::from(String::from("x")));
    assert_eq!(Value::from("x"), Value::from(Arc::<str>::from("x")));
    assert_eq!(Value::from(7_u8), Value::from(7_i64));
    assert_eq!(Value::from(u64::MAX), Value::from(u64::MAX));
    assert_ne!(Value::from(7), Value::from("7"));
    assert_eq!(Value::from(("x", 1)), Value::from((String::from("x"), 1_u8)));
    assert_eq!(Value::from(("x", 1, "y")), Value::from(("x", 1, "y")));
    assert_ne!(Value::from(("x", 1)), Value::from(("x", 2)));
    assert_eq!(Value::of('x'), Value::of('x'));
    assert_ne!(Value::of('x'), Value::from("x"));
    let unique = Value::unique("x");
    assert_eq!(unique, unique.clone());
    assert_ne!(unique, Value::unique("x"));
}

#[test]
fn numbers_are_equal_whatever_integer_type_they_came_from() {
    assert_eq!(Value::from(i64::MAX as u64), Value::from(i64::MAX));
    assert_eq!(Value::from(1_u64 << 63), Value::from(1_usize << 63));
}

#[test]
fn a_reason_passes_through_an_error_unchanged() -> anyhow::Result<()> {
    let reason = Reason::error(std::io::Error::from(std::io::ErrorKind::TimedOut));
    let passed = Reason::from(anyhow::Error::from(reason.clone()));
    let [before, after] = [&reason, &passed].map(|reason| reason.as_error().map(std::ptr::from_ref));
    assert!(before.is_some());
    assert_eq!(before, after, "it is the same error, not a copy");
    assert_eq!(passed.to_string(), reason.to_string());
    assert!(Reason::normal().into_result().is_ok());
    assert!(Reason::normal().as_error().is_none());
    let outcome = reason.into_result().err().context("no error")?;
    assert_eq!(Reason::from(outcome).as_error().map(std::ptr::from_ref), before);
    Ok(())
}

#[test]
fn what_is_added_to_a_reason_is_kept() {
    let reason = Reason::error(anyhow!("connection reset"));
    let error = anyhow::Error::from(reason).context("while greeting");
    let added = Reason::from(error);
    assert_eq!(format!("{added:#}"), "while greeting: connection reset");
}

#[test]
fn a_subscription_is_a_participant_until_it_is_dropped() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([log.watcher("a", Role::publisher(topic!(Say(1, _))))]);
    let subscribed = stage.handle.subscribe(topic!(Say(1, _)), 4).now_or_never();
    let mut messages = subscribed.context("the ground is behind")??;
    stage.spawn(speaker(1, ["x", "y"]))?;
    for word in ["x", "y"] {
        let message = messages.next().now_or_never().flatten().context("a message")??;
        assert_eq!(*message, Say(1, word));
    }
    assert!(messages.next().now_or_never().is_none(), "it waits for more");
    drop(messages);
    assert!(stage.settle().is_pending());
    assert_eq!(log.lines(), ["a settled, 0", "a + Say(1, _)", "a - Say(1, _), normal"]);
    Ok(())
}

#[test]
fn a_subscription_that_is_overrun_ends_with_an_error_after_what_it_has_room_for() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([log.watcher("a", Role::publisher(topic!(Say(1, _))))]);
    let subscribed = stage.handle.subscribe(topic!(Say(1, _)), 2).now_or_never();
    let messages = subscribed.context("the ground is behind")??;
    stage.spawn(speaker(1, ["x", "y", "z"]))?;
    assert_eq!(log.lines(), ["a settled, 0", "a + Say(1, _)", "a - Say(1, _), normal"]);
    let heard: Vec<_> = messages.collect().now_or_never().context("the end")?;
    assert_eq!(heard.len(), 3);
    for (word, message) in ["x", "y"].into_iter().zip(&heard) {
        assert_eq!(message.as_deref().ok(), Some(&Say(1, word)));
    }
    assert!(heard[2].is_err());
    Ok(())
}

#[test]
fn a_subscription_has_whatever_capacity_it_is_asked_for() -> anyhow::Result<()> {
    for (capacity, room) in [(0, 1), (1, 1), (2, 2), (usize::MAX, 3)] {
        let mut stage = Stage::new([]);
        let subscribed = stage.handle.subscribe(topic!(Say(1, _)), capacity).now_or_never();
        let messages = subscribed.context("the ground is behind")??;
        stage.spawn(speaker(1, ["x", "y", "z"]))?;
        drop(stage);
        let heard: Vec<_> = messages.collect().now_or_never().context("the end")?;
        assert_eq!(heard.iter().filter(|message| message.is_ok()).count(), room);
    }
    Ok(())
}

#[test]
fn a_subscription_keeps_the_ground_as_its_handle_does() -> anyhow::Result<()> {
    for is_strong in [true, false] {
        let mut stage = Stage::new([]);
        let strong = stage.handle.clone();
        let mut handle = if is_strong { strong.clone() } else { strong.weak() };
        let subscribed = handle.subscribe(topic!(Say(..)), 1).now_or_never();
        let messages = subscribed.context("the ground is behind")??;
        assert!(stage.settle().is_pending());
        stage.handle = strong.weak();
        drop((strong, handle));
        assert_eq!(stage.settle().is_pending(), is_strong);
        drop(messages);
        assert!(stage.settle().is_ready() || !is_strong);
    }
    Ok(())
}

const fn send<T: Send>() {}
const fn send_and_sync<T: Send + Sync>() {}

macro_rules! assert_each_is {
    ($check:ident: $($public:ty),* $(,)?) => {
        $($check::<$public>();)*
    };
}

#[test]
fn public_types_cross_threads_as_far_as_they_can() {
    assert_each_is! {
        send:
        Action, Ask<'_, (), Get>, Actions, Box<dyn Actor>, Context<'_, ()>, Endpoint<'_, (), Leaf<u8>>, Event<'_>, Ground,
        Network<'_, ()>, NetworkAction, Observation<Leaf<u8>>, Output, Spawn, Subscription<Say>, Task, VirtualMachine,
    }
    assert_each_is! {
        send_and_sync:
        AddEndpoint, AnyMessage, AskError, Request<Get>, RequestPattern<Leaf<u8>>, HandleAsk<Get>, Reply<Get>,
        Counters, DemandMatcher<u8>, Difference, EventSource, EventValue, ExplainedEndpoint, Explanation,
        FloatLeaf<f64>, GroundDropped, GroundEnded, GroundEvent, Handle, Interest, EventKinds, Leaf<u8>, Level,
        Load, PresenceChange<Leaf<u8>>, TakeOnce<Cell<u8>>, OptionPattern<Leaf<u8>>, Orientation, Peer<'_, Leaf<u8>>,
        Pid, Location, ProcessName, ProcessStatus, Reason, Role, Shape, Snapshot, ProcessHandle, Stopping, Token, Topic, Value,
        ChangeChildren, Child, ChildRefused, ChildState, Children, Limits, Restart, ChildStatus, Strategy,
        Supervisor, TooManyRestarts, FlightRecorder, Spans, Spy, TraceGuard, TraceScope,
    }
}

#[test]
fn a_ground_can_be_run_on_another_thread() -> anyhow::Result<()> {
    let program = Ground::new().spawn(speaker(1, ["x"])).run();
    let ended = std::thread::spawn(|| futures::executor::block_on(program)).join();
    ended.map_err(|_| anyhow!("it panicked"))?
}
