//! S19: a trace that receives the lives of processes only.

use anyhow::{anyhow, bail};
use futures::future::ready;
use marketplace_core::{
    Actions, Actor, Child, Context, Event, Ground, Pid, Restart, Spawn, Strategy, Supervisor, Trace,
    TraceEvent, TraceScope, VirtualMachine, topic,
};

use super::snapshot::Wrapper;
use super::trace_late::trace_with;
use crate::support::{Go, Lives, Say, Stage};

/// The number of steps in the program.
const STEPS: u32 = 4;

/// Takes each step, of which it learns in its own network or at the meta level.
fn eventful(is_nested: bool) -> Spawn {
    Spawn::new((), move |(), cx| {
        if is_nested {
            cx.meta().subscriber(topic!(Go(_))).on_message(take_step);
        } else {
            cx.subscriber(topic!(Go(_))).on_message(take_step);
        }
    })
    .named("eventful")
}

/// Spawns processes that end for every kind of reason. The last step fails.
fn take_step((): &mut (), cx: &mut Context<'_, ()>, Go(step): &Go) -> anyhow::Result<()> {
    cx.spawn(Spawn::new((), |(), cx| cx.quit_because(anyhow!("bored"))).named("quits"));
    cx.spawn(Spawn::new((), |(), _| bail!("broken")).named("fails"));
    cx.spawn(Spawn::new((), |(), _| -> () { panic!("mad") }).named("panics"));
    cx.spawn(Spawn::new((), |(), _| ()).named("is collected"));
    cx.spawn_then(patient().named("is killed"), |(), cx, pid| {
        cx.yield_then(move |(), cx| cx.kill(&pid, anyhow!("unwanted")));
    });
    cx.spawn_monitored(
        Spawn::new((), |(), cx| cx.quit()).named("is monitored"),
        |(), _, _| (),
        |(), cx, _, _| cx.send(Say(1, "nobody hears it")),
    );
    cx.spawn(Spawn::nested([patient(), failing_at(step + 1)]).named("room of a step"));
    if *step == STEPS { Err(anyhow!("the last step")) } else { Ok(()) }
}

/// Waits for a message that never arrives.
fn patient() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Say(9, _))).on_message(|(), _, _| ());
    })
}

/// Fails in a nested VM, and ends that VM too.
fn failing_at(step: u32) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.meta().subscriber(topic!(Go(step))).on_message(|(), cx, _| {
            cx.meta().quit_because(anyhow!("the room closes"));
            cx.yield_then(|(), _| bail!("not to be seen"));
        });
    })
    .named("failing")
}

fn supervised() -> Spawn {
    let worker = || {
        Spawn::new((), |(), cx| {
            cx.subscriber(topic!(Go(_))).on_message(|(), _, go| bail!("worn out by step {}", go.0));
        })
    };
    Supervisor::new(Strategy::OneForOne)
        .child(Child::new("worker", worker).restart(Restart::Permanent))
        .spawn()
}

/// The program, with traces from its beginning.
fn ground(traces: impl IntoIterator<Item = Lives>) -> Ground {
    let ground = traces.into_iter().fold(Ground::new(), Ground::with_trace);
    let inner = Spawn::nested([eventful(true), patient()]).named("inner");
    let wrapped = Spawn::nested([eventful(true)])
        .wrap(|actor| Wrapper { actor, inspect: |vm, inspection| vm.inspect(inspection) });
    let room = Spawn::nested([inner, eventful(true), failing_at(3)]).named("room");
    let processes =
        [eventful(false), supervised(), room, wrapped.named("wrapped"), Spawn::nested([eventful(true)])];
    processes.into_iter().fold(ground.with_sleep(|_| ready(())), Ground::spawn)
}

fn stage(traces: impl IntoIterator<Item = Lives>) -> Stage {
    let mut stage = Stage::of(ground(traces));
    assert!(stage.settle().is_pending(), "a strong handle keeps the ground");
    stage
}

/// Runs all steps, and ends the program.
fn play(mut stage: Stage) -> anyhow::Result<()> {
    (1..=STEPS).try_for_each(|step| stage.go(step))?;
    stage.stop()
}

#[test]
fn s19_who_wants_lives_alone_is_told_of_them_as_who_wants_everything() -> anyhow::Result<()> {
    let (wide, narrow) = (Lives::new(TraceScope::Everything), Lives::new(TraceScope::Processes));
    play(stage([wide.clone(), narrow.clone()]))?;
    let lines = wide.take();
    for what in ["ProcessStarted", "ProcessLeaving", "ProcessLeft", "Failed", "Restarted"] {
        assert!(lines.iter().any(|line| line.contains(what)), "{what}: {lines:#?}");
    }
    assert_eq!(narrow.take(), lines);

    // The same happens when no trace receives the rest.
    let alone = Lives::new(TraceScope::Processes);
    play(stage([alone.clone()]))?;
    assert_eq!(alone.take(), lines);
    Ok(())
}

#[test]
fn s19_who_wants_lives_alone_may_come_and_go_while_the_program_runs() -> anyhow::Result<()> {
    for is_with_other in [true, false] {
        for (begin, end) in (0..=STEPS).flat_map(|begin| (begin..=STEPS).map(move |end| (begin, end))) {
            // Everything is traced in the same program, or in another run, to compare the lives with it.
            let wide = Lives::new(TraceScope::Everything);
            let mut other = stage([wide.clone()]);
            let mut alone = stage([]);
            let narrow = Lives::new(TraceScope::Processes);
            let (mut guard, mut lines) = (None, Vec::new());
            for now in 0..=STEPS {
                let traced = if is_with_other { &mut other } else { &mut alone };
                if now == begin {
                    wide.take();
                    guard = Some(trace_with(traced, narrow.clone())?);
                }
                if now == end {
                    lines = wide.take();
                    guard = None;
                }
                other.go(now + 1)?;
                alone.go(now + 1)?;
            }
            drop(guard);
            assert_eq!(narrow.take(), lines, "from {begin} to {end}, with another: {is_with_other}");
            other.stop()?;
            alone.stop()?;
            assert!(narrow.take().is_empty());
        }
    }
    Ok(())
}

#[test]
fn s19_of_what_is_left_when_the_program_is_dropped_the_lives_are_told() -> anyhow::Result<()> {
    let (wide, narrow) = (Lives::new(TraceScope::Everything), Lives::new(TraceScope::Processes));
    let mut stage = stage([wide.clone()]);
    trace_with(&mut stage, narrow.clone())?.keep();
    wide.take();
    drop(stage);
    let lines = wide.take();
    assert!(lines.iter().any(|line| line.starts_with("[Pid(3), Pid(0)] ProcessLeft")), "{lines:#?}");
    assert_eq!(narrow.take(), lines);
    Ok(())
}

#[test]
fn s19_a_vm_that_is_run_by_hand_tells_of_lives_by_the_actions_that_it_is_lent() -> anyhow::Result<()> {
    let (wide, narrow) = (Lives::new(TraceScope::Everything), Lives::new(TraceScope::Processes));
    let room = Spawn::nested([Spawn::new((), |(), _| bail!("broken")), patient()]);
    let mut vm = VirtualMachine::outermost([room, patient()]);
    let mut actions = Actions::new(false).with_trace(narrow.clone()).with_trace(wide.clone());
    vm.handle(Event::Boot { pid: Pid::detached() }, &mut actions)?;
    drop(vm);
    let lines = narrow.take();
    assert_eq!(lines, wide.take());
    assert_eq!(lines.iter().filter(|line| line.contains("ProcessLeft")).count(), 4, "{lines:#?}");
    Ok(())
}

#[test]
fn s19_a_trace_is_asked_once_how_much_it_wants_to_be_told() -> anyhow::Result<()> {
    /// Panics when its scope is queried again.
    #[derive(Default)]
    struct Moody(std::sync::atomic::AtomicBool);

    impl Trace for Moody {
        fn trace(&self, _: &[Pid], _: &TraceEvent<'_>) {}

        fn scope(&self) -> TraceScope {
            assert!(!self.0.swap(true, std::sync::atomic::Ordering::Relaxed), "it was asked before");
            TraceScope::Processes
        }
    }

    let mut stage = stage([]);
    // The same through an `Arc`.
    trace_with(&mut stage, std::sync::Arc::new(Moody::default()))?.keep();
    let guard = trace_with(&mut stage, Moody::default())?;
    stage.go(1)?;
    drop(guard);
    play(stage)
}
