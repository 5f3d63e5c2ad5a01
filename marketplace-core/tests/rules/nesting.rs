//! S14: nested VMs.

use anyhow::{Context as _, anyhow};
use marketplace_core::{Context, EventKinds, Ground, Pid, Reason, Role, Spawn, topic};

use crate::support::{Epitaph, Go, Log, Say, Stage, publisher, speaker, trace};

/// A VM with one process, which does this when it boots.
fn nest(boot: impl FnOnce(&mut Context<'_, ()>) + Send + 'static) -> Spawn {
    Spawn::nested([Spawn::new((), |(), cx| boot(cx))])
}

#[test]
fn s14_the_networks_of_two_levels_are_apart() {
    let lines = trace(|log| {
        let (local, meta) = (log.events("local"), log.events("meta"));
        let inside = Spawn::new((), |(), cx| {
            cx.subscriber(topic!(Say(1, _))).on(EventKinds::ALL, local);
            cx.meta().subscriber(topic!(Say(1, _))).on(EventKinds::ALL, meta);
        });
        [Spawn::nested([inside, speaker(1, ["inside"])]), speaker(1, ["outside"])]
    });
    assert_eq!(lines, ["local settled, 0", "local: inside", "meta settled, 0", "meta: outside"]);
}

#[test]
fn s14_a_process_speaks_and_listens_at_the_meta_level() -> anyhow::Result<()> {
    let log = Log::default();
    let events = log.events("inside");
    let mut stage = Stage::new([
        log.watcher("subscriber", Role::subscriber(topic!(Say(1, _)))),
        log.watcher("publisher", Role::publisher(topic!(Say(2, _)))),
        nest(|cx| {
            cx.meta().publisher(topic!(Say(1, _))).named("a").on(EventKinds::ALL, events);
            cx.meta().send(Say(1, "message"));
            cx.meta().send_feedback(Say(2, "feedback"));
            cx.meta().subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.meta().delete("a"));
        }),
    ]);
    let told = [
        "subscriber + Say(1, _)",
        "subscriber: message",
        "publisher: feedback",
        "inside + Say(1, _)",
        "inside settled, 1",
    ];
    let mut lines = log.take().split_off(2);
    let mut expected = told.map(str::to_owned);
    lines.sort();
    expected.sort();
    assert_eq!(lines, expected);
    stage.go(1)?;
    assert_eq!(log.take(), ["subscriber - Say(1, _), normal", "inside - Say(1, _), normal"]);
    Ok(())
}

#[test]
fn s14_what_happens_at_the_meta_level_comes_back_to_the_process_that_asked() {
    let lines = trace(|log| {
        let [first, second] = ["first", "second"].map(|who| {
            let events = log.events(who);
            Spawn::new((), |(), cx| {
                cx.meta().subscriber(topic!(Say(1, _))).named("same").on(EventKinds::ALL, events);
            })
        });
        let other = log.events("other");
        let other = Spawn::new((), |(), cx| {
            cx.meta().subscriber(topic!(Say(2, _))).named("same").on(EventKinds::ALL, other);
        });
        [Spawn::nested([first, second, other]), publisher(1, 9), speaker(1, ["x"])]
    });
    for who in ["first", "second"] {
        let told: Vec<_> = lines.iter().filter(|line| line.starts_with(who)).collect();
        assert_eq!(told, [&format!("{who} settled, 0"), &format!("{who} + Say(1, _)"), &format!("{who}: x")]);
    }
    assert_eq!(lines.iter().filter(|line| line.starts_with("other")).count(), 1);
}

#[test]
fn s14_processes_of_one_vm_can_meet_at_the_meta_level() {
    let lines = trace(|log| {
        let events = log.events("a");
        let listener = Spawn::new((), |(), cx| {
            cx.meta().subscriber(topic!(Say(1, _))).on(EventKinds::ALL, events);
        });
        let talker = Spawn::new((), |(), cx| {
            cx.meta().publisher(topic!(Say(1, _)));
            cx.meta().send(Say(1, "x"));
        });
        [Spawn::nested([listener, talker])]
    });
    assert_eq!(lines, ["a settled, 0", "a + Say(1, _)", "a: x"]);
}

#[test]
fn s07_a_process_sees_the_absences_of_its_last_endpoint_at_the_meta_level() -> anyhow::Result<()> {
    let log = Log::default();
    let (events, gone) = (log.events("inside"), log.epitaph("gone"));
    let inside = Spawn::new(gone, |_, cx| {
        cx.meta().subscriber(topic!(Say(1, _))).named("a").on(EventKinds::ABSENCE, events);
        cx.meta().subscriber(topic!(Go(1))).named("b").on_message(|_, cx, _| {
            cx.meta().delete("a");
            cx.meta().delete("b");
        });
    });
    // There are two peers, so the first absence is not the last event.
    let mut stage =
        Stage::new([Spawn::nested([inside, waiting_outside()]), publisher(1, 9), publisher(1, 9)]);
    stage.go(1)?;
    let told = ["inside - Say(1, _), normal", "inside - Say(1, _), normal", "gone"];
    assert_eq!(log.take(), told);
    Ok(())
}

/// Keeps its VM from being collected.
fn waiting_outside() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.meta().subscriber(topic!(Go(9)));
    })
}

#[test]
fn s14_an_update_at_the_meta_level_replaces_the_handlers_and_nothing_else() -> anyhow::Result<()> {
    let log = Log::default();
    let (old, new) = (log.events("old"), log.clone());
    let inside = nest(move |cx| {
        cx.meta().subscriber(topic!(Say(1, _))).named("a").on(EventKinds::ALL, old);
        cx.meta().subscriber(topic!(Go(1))).on_message(move |(), cx, _| {
            cx.meta().subscriber(topic!(Say(1, _))).named("a").on(EventKinds::ALL, new.events("new"));
        });
    });
    let mut stage = Stage::new([inside, log.watcher("peer", Role::publisher(topic!(Say(1, _))))]);
    log.take();
    stage.go(1)?;
    stage.send(Say(1, "x"))?;
    assert_eq!(log.take(), ["new: x"]);
    Ok(())
}

#[test]
fn s14_a_process_spawns_siblings_of_its_vm_and_ends_them() -> anyhow::Result<()> {
    let log = Log::default();
    let inside = Spawn::new(None, |_: &mut Option<Pid>, cx| {
        cx.meta().spawn_then(publisher(1, 9), |sibling, _, pid| *sibling = Some(pid));
        cx.meta().subscriber(topic!(Go(1))).on_message(|sibling, cx, _| {
            let sibling = sibling.as_ref().context("a sibling")?;
            cx.meta().kill(sibling, Reason::error(anyhow!("enough")));
            Ok(())
        });
    });
    let watcher = log.watcher("a", Role::subscriber(topic!(Say(1, _))));
    let mut stage = Stage::new([watcher, Spawn::nested([inside])]);
    stage.go(1)?;
    assert_eq!(log.lines(), ["a settled, 0", "a + Say(1, _)", "a - Say(1, _), enough"]);
    Ok(())
}

/// A VM with two processes: the first ends the VM at step 1, and the second is busy.
fn doomed(log: &Log, end: fn(&mut Context<'_, Epitaph>) -> anyhow::Result<()>) -> Spawn {
    let first = Spawn::new(log.epitaph("first is gone"), move |_, cx| {
        cx.meta().publisher(topic!(Say(1, "first")));
        cx.meta().subscriber(topic!(Go(1))).on_message(move |_, cx, _| {
            cx.send(Say(3, "work"));
            end(cx)
        });
    });
    let (absence, work) = (log.clone(), log.clone());
    let second = Spawn::new(log.epitaph("second is gone"), |_, cx| {
        cx.meta()
            .publisher(topic!(Say(1, "second")))
            .on_absence(move |_, _, _, _| absence.add("a turn after the end"));
        cx.subscriber(topic!(Say(3, _))).on_message(move |_, cx, _| go_on(cx, work.clone(), 100_000));
    });
    Spawn::nested([first, second])
}

/// Continues for many rounds. If nothing ends it before, it logs that.
fn go_on<S: 'static>(cx: &mut Context<'_, S>, log: Log, left: u32) {
    match left {
        0 => log.add("has not been stopped"),
        _ => cx.yield_then(move |_, cx| go_on(cx, log, left - 1)),
    }
}

#[test]
fn s14_a_vm_that_leaves_takes_its_processes_with_it() -> anyhow::Result<()> {
    let log = Log::default();
    let watcher = log.watcher("a", Role::subscriber(topic!(Say(1, _))));
    let quits = doomed(&log, |cx| {
        cx.meta().quit_because(Reason::error(anyhow!("enough")));
        Ok(())
    });
    let mut stage = Stage::new([watcher, quits]);
    log.take();
    stage.go(1)?;
    let told = [
        "a - Say(1, \"first\"), enough",
        "a - Say(1, \"second\"), enough",
        "first is gone",
        "second is gone",
    ];
    assert_eq!(log.take(), told);
    Ok(())
}

#[test]
fn s14_a_vm_can_be_killed_like_any_process() -> anyhow::Result<()> {
    let log = Log::default();
    let vm = doomed(&log, |_| Ok(()));
    let killer = Spawn::new(None, |_: &mut Option<Pid>, cx| {
        cx.spawn_then(vm, |vm, _, pid| *vm = Some(pid));
        cx.subscriber(topic!(Go(2))).on_message(|vm, cx, _| {
            cx.kill(vm.as_ref().context("a VM")?, Reason::error(anyhow!("enough")));
            Ok(())
        });
    });
    let mut stage = Stage::new([log.watcher("a", Role::subscriber(topic!(Say(1, _)))), killer]);
    log.take();
    stage.go(2)?;
    let told = [
        "a - Say(1, \"first\"), enough",
        "a - Say(1, \"second\"), enough",
        "first is gone",
        "second is gone",
    ];
    assert_eq!(log.take(), told);
    Ok(())
}

#[test]
fn s14_a_process_that_fails_takes_only_its_own_from_the_meta_level() -> anyhow::Result<()> {
    let log = Log::default();
    let failing = Spawn::new((), |(), cx| {
        cx.meta().publisher(topic!(Say(1, "failing")));
        cx.meta().subscriber(topic!(Go(1))).on_message(|(), _, _| Err(anyhow!("broken")));
    });
    let other = Spawn::new((), |(), cx| {
        cx.meta().publisher(topic!(Say(1, "other")));
        cx.meta().subscriber(topic!(Go(2))).on_message(|(), cx, _| cx.meta().send(Say(1, "all is well")));
    });
    let watcher = log.watcher("a", Role::subscriber(topic!(Say(1, _))));
    let mut stage = Stage::new([watcher, Spawn::nested([failing, other])]);
    log.take();
    stage.go(1)?;
    stage.go(2)?;
    assert_eq!(log.take(), ["a - Say(1, \"failing\"), broken", "a: all is well"]);
    Ok(())
}

#[test]
fn s14_a_process_that_quits_is_heard_out_at_the_meta_level() {
    let lines = trace(|log| {
        let quitter = Spawn::new((), |(), cx| {
            cx.meta().publisher(topic!(Say(1, _)));
            cx.quit();
            cx.meta().send(Say(1, "last"));
            cx.meta().spawn(speaker(1, ["heir"]));
        });
        [log.watcher("a", Role::subscriber(topic!(Say(1, _)))), Spawn::nested([quitter])]
    });
    assert_eq!(lines[1..], ["a + Say(1, _)", "a: last", "a - Say(1, _), normal", "a: heir"]);
}

#[test]
fn s14_vms_nest_at_any_depth() -> anyhow::Result<()> {
    let log = Log::default();
    let relay = |deeper: Spawn| {
        let relay = Spawn::new((), |(), cx| {
            cx.meta()
                .subscriber(topic!(Say(1, _)))
                .on_message(|(), cx, Say(to, word)| cx.send(Say(*to, word)));
            cx.subscriber(topic!(Say(2, _)))
                .on_message(|(), cx, Say(to, word)| cx.meta().send(Say(*to, word)));
        });
        Spawn::nested([relay, deeper])
    };
    let answerer = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Say(1, _))).on_message(|(), cx, Say(_, word)| cx.send(Say(2, word)));
    });
    let nested = (0..4).fold(answerer, |deeper, _| relay(deeper));
    let mut stage = Stage::new([log.watcher("a", Role::subscriber(topic!(Say(2, _)))), nested]);
    stage.send(Say(1, "echo"))?;
    assert_eq!(log.lines(), ["a settled, 0", "a: echo"]);
    Ok(())
}

/// A VM that publishes at the meta level. It ends when its main process quits or fails, at a step.
fn with_main(log: &Log) -> Spawn {
    let state = log.epitaph("the other is gone");
    let other = Spawn::new(state, |_, cx| {
        cx.meta().publisher(topic!(Say(1, _)));
    });
    let main = Spawn::new((), |(), cx| {
        cx.meta().subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.quit());
        cx.meta().subscriber(topic!(Go(2))).on_message(|(), _, _| Err(anyhow!("broken")));
    });
    Spawn::nested_with_main([other], main)
}

#[test]
fn s14_a_vm_with_a_main_process_ends_with_it_and_for_its_reason() -> anyhow::Result<()> {
    for (step, reason) in [(1, "normal"), (2, "broken")] {
        let log = Log::default();
        let subscriber = log.watcher("a", Role::subscriber(topic!(Say(1, _))));
        let mut stage = Stage::new([subscriber, with_main(&log)]);
        assert_eq!(log.take(), ["a settled, 0", "a + Say(1, _)"]);
        stage.go(step)?;
        let mut lines = log.take();
        lines.sort();
        assert_eq!(lines, [format!("a - Say(1, _), {reason}"), "the other is gone".to_owned()]);
    }
    Ok(())
}

#[test]
fn s14_the_error_of_the_innermost_main_process_is_the_programs() {
    let failing = Spawn::new((), |(), cx| {
        cx.yield_then(|(), _| Err(anyhow!("broken")));
    });
    let nested = (0..3).fold(failing, |main, _| Spawn::nested_with_main([], main));
    let outcome = futures::executor::block_on(Ground::new().main(nested).run());
    assert_eq!(outcome.expect_err("its main process has failed").to_string(), "broken");
}
