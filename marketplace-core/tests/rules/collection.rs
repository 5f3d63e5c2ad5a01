//! S12 and S13: processes to which nothing can happen any more are collected; yielding.

use futures::channel::oneshot;
use marketplace_core::{Context, Role, Spawn, topic};

use crate::support::{Epitaph, Go, Log, Say, Stage, speaker, trace};

/// A process that logs "gone" when it ends.
fn mortal(log: &Log, boot: impl FnOnce(&mut Context<'_, Epitaph>) + Send + 'static) -> Spawn {
    Spawn::new(log.epitaph("gone"), |_, cx| boot(cx))
}

/// Whether a process is gone after the program has settled.
fn is_collected(log: &Log, process: Spawn) -> bool {
    let stage = Stage::new([process]);
    let is_gone = log.lines().contains(&"gone".to_owned());
    drop(stage);
    is_gone
}

#[test]
fn s12_a_process_with_nothing_is_collected() {
    let log = Log::default();
    assert!(is_collected(&log, mortal(&log, |_| {})));
}

#[test]
fn s12_a_process_is_collected_after_its_last_action() {
    let lines = trace(|log| {
        let (resumed, watcher) = (log.clone(), log.watcher("a", Role::subscriber(topic!(Say(1, _)))));
        let process = mortal(log, |cx| {
            cx.send(Say(1, "x"));
            cx.yield_then(move |_, cx| {
                resumed.add("resumed");
                cx.yield_then(|_, cx| cx.send(Say(1, "y")));
            });
        });
        [watcher, process]
    });
    assert_eq!(lines, ["a settled, 0", "a: x", "resumed", "a: y", "gone"]);
}

#[test]
fn s12_a_process_with_an_endpoint_is_kept() {
    let log = Log::default();
    assert!(!is_collected(
        &log,
        mortal(&log, |cx| {
            cx.subscriber(topic!(Say(1, _)));
        })
    ));
}

#[test]
fn s12_a_process_is_collected_with_its_last_endpoint() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([mortal(&log, |cx| {
        cx.publisher(topic!(Say(1, _))).named("a");
        cx.subscriber(topic!(Go(1))).named("b").on_message(|_, cx, _| cx.delete("b"));
        cx.subscriber(topic!(Go(2))).named("c").on_message(|_, cx, _| {
            cx.delete("a");
            cx.delete("c");
        });
    })]);
    stage.go(1)?;
    assert!(log.lines().is_empty());
    stage.go(2)?;
    assert_eq!(log.lines(), ["gone"]);
    Ok(())
}

#[test]
fn s12_a_process_with_a_future_is_kept_until_it_is_done() -> anyhow::Result<()> {
    let log = Log::default();
    let (sender, receiver) = oneshot::channel::<()>();
    let done = log.clone();
    let mut stage = Stage::new([mortal(&log, |cx| cx.perform(receiver, move |_, _, _| done.add("done")))]);
    assert!(log.lines().is_empty());
    drop(sender);
    assert!(stage.settle().is_pending());
    assert_eq!(log.lines(), ["done", "gone"]);
    Ok(())
}

#[test]
fn s12_a_process_with_an_endpoint_at_the_meta_level_is_kept() {
    let log = Log::default();
    let process = mortal(&log, |cx| {
        cx.meta().subscriber(topic!(Say(1, _)));
    });
    assert!(!is_collected(&log, Spawn::nested([process])));
}

#[test]
fn s12_a_process_is_collected_with_its_last_endpoint_at_the_meta_level() -> anyhow::Result<()> {
    let log = Log::default();
    let stays = Spawn::new((), |(), cx| {
        cx.meta().subscriber(topic!(Say(1, _)));
    });
    let goes = mortal(&log, |cx| {
        cx.meta().subscriber(topic!(Go(1))).named("a").on_message(|_, cx, _| cx.meta().delete("a"));
    });
    let mut stage = Stage::new([Spawn::nested([stays, goes])]);
    assert!(log.lines().is_empty());
    stage.go(1)?;
    assert_eq!(log.lines(), ["gone"]);
    Ok(())
}

#[test]
fn s12_a_process_that_waits_for_a_spawn_at_the_meta_level_is_kept() {
    let lines = trace(|log| {
        let then = log.clone();
        let process = mortal(log, |cx| {
            cx.meta().spawn_then(speaker(1, []), move |_, _, _| then.add("spawned"));
        });
        [Spawn::nested([process])]
    });
    assert_eq!(lines, ["spawned", "gone"]);
}

#[test]
fn s12_a_nested_vm_with_nothing_at_the_meta_level_and_nothing_pending_is_collected() {
    let log = Log::default();
    let process = mortal(&log, |cx| {
        cx.subscriber(topic!(Say(1, _)));
    });
    assert!(is_collected(&log, Spawn::nested([process])));
}

#[test]
fn s12_a_nested_vm_with_something_pending_is_kept() {
    let lines = trace(|log| {
        let (first, second) = (log.clone(), log.clone());
        let process = mortal(log, |cx| {
            cx.subscriber(topic!(Say(1, _))).on_message(move |_, _, _| first.add("heard"));
            cx.yield_then(|_, cx| {
                cx.yield_then(move |_, cx| {
                    second.add("resumed");
                    cx.send(Say(1, "x"));
                });
            });
        });
        [Spawn::nested([Spawn::nested([process])])]
    });
    assert_eq!(lines, ["resumed", "heard", "gone"]);
}

#[test]
fn s12_a_nested_vm_with_a_future_inside_is_kept() {
    let log = Log::default();
    let process = mortal(&log, |cx| cx.perform(std::future::pending::<()>(), |_, _, ()| {}));
    assert!(!is_collected(&log, Spawn::nested([Spawn::nested([process])])));
}

#[test]
fn s12_collection_is_told_to_nobody() {
    let lines = trace(|log| {
        let process = mortal(log, |cx| {
            cx.publisher(topic!(Say(1, _))).named("a");
            cx.delete("a");
        });
        [log.watcher("a", Role::subscriber(topic!(Say(1, _)))), process]
    });
    assert_eq!(lines, ["a settled, 0", "a + Say(1, _)", "a - Say(1, _), normal", "gone"]);
}

#[test]
fn s13_the_continuation_runs_in_the_next_round() {
    let lines = trace(|log| {
        let (turns, own) = (log.clone(), log.clone());
        let yielding = Spawn::new((), move |(), cx| {
            cx.yield_then(move |(), cx| {
                turns.add("first continuation");
                cx.yield_then(move |(), _| turns.add("second continuation"));
            });
            own.add("boot ends");
        });
        let others = Spawn::new((), |(), cx| {
            cx.send(Say(1, "x"));
            cx.spawn(speaker(1, ["y"]));
        });
        [log.watcher("a", Role::subscriber(topic!(Say(1, _)))), yielding, others]
    });
    let told = ["boot ends", "a settled, 0", "first continuation", "a: x", "second continuation", "a: y"];
    assert_eq!(lines, told);
}

#[test]
fn s13_the_continuation_has_the_state_and_a_context() {
    let lines = trace(|log| {
        let process = Spawn::new("state", |_, cx| {
            cx.yield_then(|state, cx| cx.send(Say(1, state)));
        });
        [log.watcher("a", Role::subscriber(topic!(Say(1, _)))), process]
    });
    assert_eq!(lines, ["a settled, 0", "a: state"]);
}
