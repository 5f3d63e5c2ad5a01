//! S19: snapshots and counters of a program.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};
use futures::FutureExt;
use marketplace_core::{
    Action, Actions, Actor, Event, EventKinds, GroundEnded, Inspection, Level, Pid, ProcessSnapshot, Reason,
    Role, Snapshot, Spawn, TaskContext, VirtualMachine, topic,
};

use crate::support::{Go, Say, Stage, publisher, speaker};

/// A process with this name.
pub(super) fn named<'a>(snapshot: &'a Snapshot, name: &str) -> anyhow::Result<&'a ProcessSnapshot> {
    let mut processes = snapshot.processes.iter();
    processes.find(|process| process.name.as_deref() == Some(name)).with_context(|| format!("no {name}"))
}

pub(super) fn inside<'a>(snapshot: &'a Snapshot, name: &str) -> anyhow::Result<&'a Snapshot> {
    named(snapshot, name)?.inside.as_deref().with_context(|| format!("nothing is seen inside {name}"))
}

/// Has one endpoint in its own network and one at the meta level.
pub(super) fn two_faced() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.publisher(topic!(Say(1, _))).named("mouth").on_presence(|(), _, _| ());
        cx.meta().subscriber(topic!(Say(2, _))).named("ear").on_message(|(), _, _| ());
    })
    .named("two-faced")
}

#[test]
fn s19_a_snapshot_shows_processes_with_their_endpoints_and_what_is_inside_them() -> anyhow::Result<()> {
    let second = publisher(3, 1).named("second");
    let mut stage = Stage::new([Spawn::nested([two_faced(), second]).named("room")]);
    let snapshot = stage.snapshot()?;
    let room = named(&snapshot, "room")?;
    let seen = inside(&snapshot, "room")?;
    let names: Vec<_> = seen.processes.iter().map(|process| process.name.as_deref()).collect();
    assert_eq!(names, [Some("two-faced"), Some("second")]);

    let [mouth, ear] = &seen.processes[0].endpoints[..] else { bail!("{snapshot}") };
    assert_eq!(
        (&mouth.name, mouth.level, mouth.kinds),
        (&"mouth".into(), Level::Local, EventKinds::PRESENCE)
    );
    assert_eq!(mouth.role, Role::publisher(topic!(Say(1, _))));
    assert_eq!((&ear.name, ear.level, ear.kinds), (&"ear".into(), Level::Meta, EventKinds::MESSAGE));

    let [outside] = &room.endpoints[..] else { bail!("{snapshot}") };
    assert_eq!((outside.id, outside.level), (ear.id, Level::Local));
    assert_eq!(outside.role, Role::subscriber(topic!(Say(2, _))));
    stage.stop()
}

#[test]
fn s19_an_endpoint_has_the_number_that_its_peers_are_told() -> anyhow::Result<()> {
    let told = Arc::new(Mutex::new(None));
    let tell = Arc::clone(&told);
    let watcher = Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(Say(3, _)))
            .on_presence(move |(), _, peer| *tell.lock().unwrap() = Some(peer.id));
    });
    let mut stage = Stage::new([watcher, publisher(3, 1).named("publisher")]);
    let snapshot = stage.snapshot()?;
    assert_eq!(Some(named(&snapshot, "publisher")?.endpoints[0].id), *told.lock().unwrap());
    stage.stop()
}

#[test]
fn s19_a_snapshot_is_shown_as_a_tree() -> anyhow::Result<()> {
    let mut vm = VirtualMachine::outermost([Spawn::nested([two_faced()]).named("room")]);
    vm.handle(Event::Boot { pid: Pid::detached() }, &mut Actions::new(false))?;
    let shown = [
        "Pid(0) room",
        "  #1 4: Subscriber Participant of Say(2, _)",
        "  Pid(0) two-faced",
        "    #2 \"mouth\": Publisher Participant of Say(1, _)",
        "    #1 \"ear\" at the meta level: Subscriber Participant of Say(2, _)",
    ];
    let text = vm.snapshot().to_string();
    assert_eq!(text.lines().collect::<Vec<_>>(), shown);
    Ok(())
}

#[test]
fn s11_s19_a_process_that_is_leaving_is_seen_with_its_reason_and_what_is_still_to_be_done()
-> anyhow::Result<()> {
    let leaver = Spawn::new((), |(), cx| {
        cx.publisher(topic!(Say(1, _)));
        (0..300).for_each(|_| cx.send(Say(1, "much")));
        cx.quit_because(anyhow!("bored"));
    });
    let mut vm = VirtualMachine::outermost([leaver]);
    let mut actions = Actions::new(false);
    vm.handle(Event::Boot { pid: Pid::detached() }, &mut actions)?;
    let snapshot = vm.snapshot();
    let leaver = &snapshot.processes[0];
    assert!(0 < leaver.pending && leaver.pending < 300, "{snapshot}");
    assert_eq!(leaver.leaving.as_ref().map(Reason::to_string).as_deref(), Some("bored"));
    assert_eq!(leaver.endpoints.len(), 1);
    // Its departure is pending too.
    assert_eq!(snapshot.counters.pending, leaver.pending + 1);
    Ok(())
}

pub(super) struct Wrapper<A> {
    pub(super) actor: A,
    pub(super) inspect: fn(&mut A, &mut Inspection<'_>),
}

impl<A: Actor> Actor for Wrapper<A> {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        self.actor.handle(event, actions)
    }

    fn inspect(&mut self, inspection: &mut Inspection<'_>) {
        (self.inspect)(&mut self.actor, inspection);
    }
}

#[test]
fn s19_a_wrapped_vm_is_seen_inside_if_its_wrapper_hands_the_inspection_on() -> anyhow::Result<()> {
    let wrapped = |name: &'static str, inspect| {
        Spawn::nested([two_faced()]).wrap(move |actor| Wrapper { actor, inspect }).named(name)
    };
    let clear = wrapped("clear", |vm, inspection| vm.inspect(inspection));
    let dark = wrapped("dark", |_, _| ());
    let faulty = wrapped("faulty", |_, _| panic!("not to be looked at"));
    let mut stage = Stage::new([clear, dark, faulty]);
    let snapshot = stage.snapshot()?;
    assert_eq!(inside(&snapshot, "clear")?.processes.len(), 1);
    for name in ["dark", "faulty"] {
        let process = named(&snapshot, name)?;
        assert!(process.inside.is_none() && process.endpoints.len() == 1, "{snapshot}");
    }
    stage.stop()
}

#[test]
fn s19_counters_count_what_has_happened_and_what_there_is() -> anyhow::Result<()> {
    let listener = || {
        Spawn::new((), |(), cx| {
            cx.subscriber(topic!(Say(1, _))).on_message(|(), _, _| ());
        })
    };
    let silent = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Say(1, _)));
    });
    let mut stage = Stage::new([listener(), listener(), silent]);
    let before = stage.counters()?;
    assert_eq!((before.messages, before.crashes), (0, 0));
    // The numbers include the ground's own process and endpoint.
    assert_eq!((before.processes, before.endpoints, before.pending), (4, 4, 0));

    stage.spawn(speaker(1, ["one", "two"]))?;
    stage.spawn(speaker(2, ["three"]))?;
    stage.spawn(Spawn::new((), |(), _| bail!("broken")))?;
    stage.spawn(Spawn::new((), |(), _| -> () { panic!("mad") }))?;
    stage.spawn(Spawn::new((), |(), cx| cx.quit_because(anyhow!("bored"))))?;
    stage.spawn(Spawn::new((), |(), cx| cx.trace_restart("child", &Reason::normal())))?;
    let after = stage.counters()?;
    assert_eq!((after.messages, after.deliveries, after.dropped), (3, 4, 1));
    assert_eq!((after.crashes, after.restarts), (2, 1));
    assert_eq!((after.processes, after.endpoints, after.pending), (4, 4, 0));
    stage.stop()
}

/// Does one of each thing that is counted, and ends.
fn eventful() -> Spawn {
    let boot = |(): &mut (), cx: &mut marketplace_core::Context<'_, ()>| {
        cx.send(Say(1, "nobody hears it"));
        cx.trace_restart("child", &Reason::normal());
        cx.spawn(Spawn::new((), |(), _| bail!("broken")));
    };
    Spawn::new((), boot)
}

#[test]
fn s19_counters_include_nested_vms_also_when_these_have_gone() -> anyhow::Result<()> {
    let ends = Spawn::new((), |(), cx| {
        cx.meta().subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.meta().quit());
    });
    let lasting = Spawn::nested([eventful(), two_faced()]);
    let mut stage = Stage::new([
        eventful(),
        Spawn::nested([eventful(), Spawn::nested([eventful()])]),
        // It ends while a VM inside it still exists.
        Spawn::nested([ends, eventful(), lasting]),
        Spawn::nested([eventful(), Spawn::nested([eventful()]), two_faced()]).named("stays"),
    ]);
    stage.go(1)?;
    let counters = stage.counters()?;
    assert_eq!((counters.messages, counters.dropped), (8, 7));
    assert_eq!((counters.crashes, counters.restarts), (7, 7));
    let snapshot = stage.snapshot()?;
    assert_eq!(snapshot.total(), counters);
    // The counts of VMs that have ended, and of the VMs inside them, are added to those of the containing VM.
    assert_eq!((snapshot.counters.messages, inside(&snapshot, "stays")?.counters.messages), (6, 2));
    let room = || Spawn::nested([eventful(), Spawn::nested([eventful()])]);
    stage.spawn(room())?;
    // The turns that an ended VM adds are as many as another such VM has.
    let first = stage.counters()?.turns - counters.turns;
    stage.spawn(room())?;
    assert_eq!(stage.counters()?.turns, counters.turns + 2 * first);
    // Two processes boot in each VM, and the VMs have turns of their own.
    assert!(first >= 2 * 2 + 2, "{first}");
    stage.stop()
}

#[test]
fn s19_turns_are_counted_of_each_process_and_of_all() -> anyhow::Result<()> {
    let listener = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Say(1, _))).on_message(|(), _, _| ());
    });
    let mut stage = Stage::new([listener.named("listener"), Spawn::nested([two_faced()]).named("room")]);
    let before = stage.snapshot()?;
    assert_eq!(inside(&before, "room")?.processes[0].turns, 1, "it has booted");
    // Each speaker takes a turn, and each of its messages is delivered in one.
    stage.spawn(speaker(1, ["one", "two"]))?;
    stage.spawn(speaker(2, ["three"]))?;
    let after = stage.snapshot()?;
    let more = |name: &str| anyhow::Ok(named(&after, name)?.turns - named(&before, name)?.turns);
    assert_eq!((more("listener")?, more("room")?), (2, 1));
    let more = |inside: &Snapshot| inside.counters.turns;
    assert_eq!(more(inside(&after, "room")?) - more(inside(&before, "room")?), 1);
    let own = after.processes[0].turns - before.processes[0].turns;
    // The messages of the two that have ended count too.
    assert_eq!(after.counters.turns - before.counters.turns, 2 + 1 + own + 2);
    assert_eq!(after.total(), stage.counters()?);
    stage.stop()
}

#[test]
fn s19_a_process_looks_at_the_program_and_finds_its_own_vm() -> anyhow::Result<()> {
    let seen = Arc::new(Mutex::new(None));
    let see = Arc::clone(&seen);
    let curious = Spawn::new((), move |(), cx| {
        cx.perform_with(
            |outside| {
                let (path, look) = (outside.path().to_vec(), outside.snapshot());
                async move { look.await.map(|snapshot| (path, snapshot)) }
            },
            move |(), _, looked| {
                *see.lock().unwrap() = Some(looked?);
                anyhow::Ok(())
            },
        );
    })
    .named("curious");
    let mut stage = Stage::new([Spawn::nested([Spawn::nested([curious]), publisher(1, 1)])]);
    let (path, snapshot) = seen.lock().unwrap().take().context("nothing was seen")?;
    assert_eq!(path.len(), 2);
    named(snapshot.inside(&path).context("no such VM")?, "curious")?;
    assert!(snapshot.inside(&[Pid::detached()]).is_none());
    stage.stop()
}

#[test]
fn s19_without_a_ground_a_process_is_told_that_it_cannot_look() {
    let looked = TaskContext::default().snapshot().now_or_never();
    let error = looked.expect("it is told at once").expect_err("nobody can be asked");
    assert_eq!(error.to_string(), "no ground runs this process, so there is no snapshot of the program");
}

#[test]
fn s16_s19_a_program_that_is_behind_can_be_looked_at() -> anyhow::Result<()> {
    fn restless(cx: &mut marketplace_core::Context<'_, ()>) {
        cx.yield_then(|(), cx| restless(cx));
    }
    let busy = (0..2_000).map(|_| Spawn::new((), |(), cx| restless(cx)));
    let mut stage = Stage::of(crate::support::ground(busy));
    assert!(stage.poll().is_pending());
    let mut handle = stage.handle.clone();
    let mut look = async move { (handle.snapshot().await, handle.counters().await) }.boxed();
    let looked = (0..8).find_map(|_| {
        assert!(stage.poll().is_pending());
        (&mut look).now_or_never()
    });
    let (snapshot, counters) = looked.context("it is not answered")?;
    assert_eq!((snapshot?.processes.len(), counters?.pending), (2_001, 2_000));
    Ok(())
}

#[test]
fn s15_s19_who_looks_at_a_ground_that_has_ended_is_told_so() -> anyhow::Result<()> {
    let mut stage = Stage::new([]);
    let mut weak = stage.handle.weak();
    // A request for a snapshot that is made before the end is answered.
    let mut last = async move { (weak.counters().await, weak) }.boxed();
    assert!((&mut last).now_or_never().is_none());
    stage.stop()?;
    let (last, mut weak) = last.now_or_never().context("it is not answered")?;
    assert_eq!(last?.processes, 1);
    assert_eq!(
        weak.snapshot().now_or_never().context("nobody is there to wait for")?.err(),
        Some(GroundEnded)
    );
    Ok(())
}

#[test]
fn s06_s19_a_look_is_no_demand_and_runs_no_code_of_a_message() -> anyhow::Result<()> {
    let mut vm = VirtualMachine::outermost([publisher(1, 1)]);
    let mut actions = Actions::new(false);
    vm.handle(Event::Boot { pid: Pid::detached() }, &mut actions)?;
    let before = vm.snapshot();
    vm.counters();
    let after = vm.snapshot();
    assert_eq!(before.to_string(), after.to_string());
    assert_eq!(before.counters, after.counters);
    assert!(!actions.take().iter().any(|action| matches!(action, Action::Yield(_))));
    Ok(())
}

#[test]
fn s19_what_was_asked_for_before_a_look_has_been_done() -> anyhow::Result<()> {
    let mut stage = Stage::new([]);
    let mut handle = stage.handle.clone();
    let mut look = async move {
        handle.spawn(publisher(1, 1).named("publisher")).await?;
        handle.send(Go(1)).await?;
        handle.spawn(publisher(1, 2).named("another")).await?;
        handle.snapshot().await
    }
    .boxed();
    assert!((&mut look).now_or_never().is_none());
    stage.rest()?;
    let snapshot = look.now_or_never().context("it is not answered")??;
    assert!(named(&snapshot, "publisher").is_err(), "{snapshot}");
    assert_eq!(named(&snapshot, "another")?.endpoints.len(), 2);
    stage.stop()
}

#[test]
fn s19_a_look_at_many_endpoints_at_the_meta_level_does_not_stop_the_program_for_long() -> anyhow::Result<()> {
    const MANY: u32 = 40_000;
    let senders = Spawn::new((), |(), cx| {
        (0..MANY).for_each(|about| {
            cx.meta().publisher(topic!(Say(about, _)));
        });
    });
    let mut stage = Stage::new([Spawn::nested([senders]).named("room")]);
    let began = Instant::now();
    let snapshot = stage.snapshot()?;
    let taken = began.elapsed();
    assert_eq!(inside(&snapshot, "room")?.processes[0].endpoints.len(), MANY as usize);
    // If each were compared with each, this would take three times as long. Otherwise it takes less than a tenth of
    // that.
    assert!(taken < Duration::from_secs(5), "{taken:?}");
    stage.stop()
}
