//! Futures that processes perform: S12, and from nested VMs (S14).

use std::future::pending;

use futures::channel::oneshot;
use marketplace_core::{Pid, Reason, Spawn, topic};

use crate::support::{Go, Log, Stage, publisher, trace};

#[test]
fn s14_the_output_of_a_future_comes_back_from_any_depth() {
    for depth in 0..4 {
        let lines = trace(|log| {
            let log = log.clone();
            let process = Spawn::new("state", move |_, cx| {
                cx.perform(async { String::from("output") }, move |state, _, output| {
                    log.add(format_args!("{state}, {output}"));
                });
            });
            [(0..depth).fold(process, |deeper, _| Spawn::nested([deeper]))]
        });
        assert_eq!(lines, ["state, output"]);
    }
}

#[test]
fn s14_outputs_come_back_to_those_who_asked() {
    let lines = trace(|log| {
        let asker = |who: &'static str| {
            let log = log.clone();
            Spawn::new(who, move |_, cx| {
                for number in 0..3 {
                    let log = log.clone();
                    cx.perform(async move { number }, move |who, _, output| {
                        log.add(format_args!("{who}{output}"))
                    });
                }
            })
        };
        [Spawn::nested([asker("a"), Spawn::nested([asker("b")])]), asker("c")]
    });
    let mut lines = lines;
    lines.sort();
    assert_eq!(lines, ["a0", "a1", "a2", "b0", "b1", "b2", "c0", "c1", "c2"]);
}

#[test]
fn s14_a_future_may_be_performed_by_a_continuation() {
    let lines = trace(|log| {
        let log = log.clone();
        [Spawn::nested([Spawn::new((), move |(), cx| {
            cx.perform(async { 1 }, move |(), cx, one| {
                cx.perform(async move { one + 1 }, move |(), _, two| log.add(two));
            });
        })])]
    });
    assert_eq!(lines, ["2"]);
}

/// Performs a future that never completes and logs when it is dropped. Quits at step 1.
fn waiter(log: &Log) -> Spawn {
    let (epitaph, then) = (log.epitaph("future is dropped"), log.clone());
    Spawn::new((), move |(), cx| {
        cx.perform(
            async move {
                let _kept = epitaph;
                pending::<()>().await;
            },
            move |(), _, ()| then.add("done"),
        );
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.quit());
    })
}

#[test]
fn s12_a_future_is_dropped_when_its_process_goes() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([waiter(&log)]);
    assert!(log.lines().is_empty());
    stage.go(1)?;
    assert_eq!(log.lines(), ["future is dropped"]);
    stage.handle = stage.handle.weak();
    assert!(stage.settle().is_ready(), "it keeps the program no longer");
    Ok(())
}

#[test]
fn s14_a_future_is_dropped_when_a_vm_around_its_process_goes() -> anyhow::Result<()> {
    let log = Log::default();
    let nested = Spawn::nested([Spawn::nested([waiter(&log)])]);
    let killer = Spawn::new(None, |_: &mut Option<Pid>, cx| {
        cx.spawn_then(nested, |vm, _, pid| *vm = Some(pid));
        cx.subscriber(topic!(Go(2))).on_message(|vm, cx, _| {
            if let Some(vm) = vm {
                cx.kill(vm, Reason::normal());
            }
        });
    });
    let mut stage = Stage::new([killer, publisher(1, 1)]);
    assert!(log.lines().is_empty());
    stage.go(2)?;
    assert_eq!(log.lines(), ["future is dropped"]);
    Ok(())
}

#[test]
fn s11_a_future_asked_for_by_a_turn_that_quits_is_not_waited_for() {
    let lines = trace(|log| {
        let (epitaph, then) = (log.epitaph("future is dropped"), log.clone());
        [Spawn::new((), move |(), cx| {
            cx.quit();
            cx.perform(
                async move {
                    let _kept = epitaph;
                    pending::<()>().await;
                },
                move |(), _, ()| then.add("done"),
            );
        })]
    });
    assert_eq!(lines, ["future is dropped"]);
}

#[test]
fn s11_an_output_that_comes_after_its_process_has_left_is_told_to_nobody() -> anyhow::Result<()> {
    let log = Log::default();
    let (sender, receiver) = oneshot::channel::<()>();
    let then = log.clone();
    let mut stage = Stage::new([Spawn::new((), move |(), cx| {
        cx.perform(receiver, move |(), _, _| then.add("done"));
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.quit());
    })]);
    stage.go(1)?;
    drop(sender);
    stage.end()?;
    assert!(log.lines().is_empty());
    Ok(())
}

#[test]
fn s02_a_panic_of_a_future_in_a_nested_vm_fails_only_its_process() -> anyhow::Result<()> {
    let log = Log::default();
    let panics = Spawn::new(log.epitaph("gone"), |_, cx| {
        cx.subscriber(topic!(Go(1)));
        cx.perform(async { panic!("in the future") }, |_, _, ()| {});
    });
    let neighbour = log.clone();
    let neighbour = Spawn::new((), move |(), cx| {
        cx.meta().subscriber(topic!(Go(1))).on_message(move |(), _, _| neighbour.add("all is well"));
    });
    let mut stage = Stage::new([Spawn::nested([panics, neighbour])]);
    stage.go(1)?;
    assert_eq!(log.lines(), ["gone", "all is well"]);
    Ok(())
}
