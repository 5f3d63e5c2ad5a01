//! S2: a turn succeeds as a whole, or its process fails alone.

use anyhow::{anyhow, bail};
use marketplace_core::{Context, Reason, Role, Spawn, topic};

use crate::support::{Go, Log, Say, Stage, Turn, speaker, trace};

/// Publishes. At step 1 it does `work`, in a turn in which it also sends a message.
fn worker(work: impl Fn(&mut Context<'_, ()>) -> anyhow::Result<()> + Send + 'static) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(topic!(Say(1, _)));
        cx.subscriber(topic!(Go(1))).on_message(move |(), cx, _| {
            cx.send(Say(1, "said before it failed"));
            work(cx)
        });
    })
}

/// The events that a subscriber receives from a worker, from its step on. Asserts that the VM is not affected.
fn trace_of_work(
    work: impl Fn(&mut Context<'_, ()>) -> anyhow::Result<()> + Send + 'static,
) -> anyhow::Result<Vec<String>> {
    let log = Log::default();
    let mut stage = Stage::new([log.watcher("a", Role::subscriber(topic!(Say(1, _)))), worker(work)]);
    log.take();
    stage.go(1)?;
    stage.spawn(speaker(1, ["all is well"]))?;
    Ok(log.take())
}

#[test]
fn s02_a_turn_that_succeeds_changes_state_and_acts() {
    let lines = trace(|log| {
        let hears = log.clone();
        let counter = Spawn::new(0, move |_, cx| {
            cx.subscriber(topic!(Say(1, _))).on_message(move |count, cx, _| {
                *count += 1;
                hears.add(*count);
                cx.send(Say(2, "counted"));
            });
        });
        [counter, log.watcher("a", Role::subscriber(topic!(Say(2, _)))), speaker(1, ["x", "y"])]
    });
    assert_eq!(lines, ["a settled, 0", "1", "2", "a: counted", "a: counted"]);
}

#[test]
fn s02_a_turn_that_returns_an_error_does_nothing_and_fails_its_process() -> anyhow::Result<()> {
    let lines = trace_of_work(|_| bail!("broken"))?;
    assert_eq!(lines, ["a - Say(1, _), broken", "a: all is well"]);
    Ok(())
}

#[test]
fn s02_a_turn_that_panics_does_nothing_and_fails_its_process() -> anyhow::Result<()> {
    let lines = trace_of_work(|_| panic!("broken"))?;
    assert_eq!(lines, ["a - Say(1, _), panic: broken", "a: all is well"]);
    Ok(())
}

#[test]
fn s02_no_kind_of_action_of_a_failing_turn_is_performed() -> anyhow::Result<()> {
    let log = Log::default();
    let all = log.clone();
    let mut stage = Stage::new([
        log.watcher("a", Role::subscriber(topic!(Say(1, _)))),
        log.watcher("b", Role::publisher(topic!(Say(2, _)))),
        worker(move |cx| {
            let log = all.clone();
            cx.subscriber(topic!(Say(2, _)));
            cx.send_feedback(Say(2, "feedback"));
            cx.spawn(speaker(1, ["spawned"]));
            cx.yield_then(move |(), _| log.add("resumed"));
            let log = all.clone();
            cx.perform(async move { log.add("performed") }, |(), _, ()| {});
            bail!("broken")
        }),
    ]);
    log.take();
    stage.go(1)?;
    assert_eq!(log.take(), ["a - Say(1, _), broken"]);
    Ok(())
}

#[test]
fn s02_a_child_that_is_part_of_a_failing_turn_never_boots() -> anyhow::Result<()> {
    let lines = trace_of_work(|cx| {
        cx.spawn(speaker(1, ["never"]));
        panic!("broken")
    })?;
    assert_eq!(lines, ["a - Say(1, _), panic: broken", "a: all is well"]);
    Ok(())
}

#[test]
fn s02_a_name_taken_by_another_role_fails_the_turn_whatever_it_returns() -> anyhow::Result<()> {
    let lines = trace_of_work(|cx| {
        cx.publisher(topic!(Say(1, "x"))).named("name");
        cx.publisher(topic!(Say(1, "y"))).named("name");
        Ok(())
    })?;
    assert!(
        lines[0].starts_with("a - Say(1, _), endpoint \"name\" already exists with another role"),
        "{lines:?}"
    );
    assert_eq!(lines[1..], ["a: all is well"]);
    Ok(())
}

#[test]
fn s02_the_meta_level_of_the_ground_fails_the_turn_whatever_it_returns() -> anyhow::Result<()> {
    let uses: [Turn; 6] = [
        |cx| {
            cx.meta().publisher(topic!(Say(1, _)));
        },
        |cx| cx.meta().delete("name"),
        |cx| cx.meta().send(Say(1, "meta")),
        |cx| cx.meta().spawn(speaker(1, ["meta"])),
        |cx| cx.meta().quit(),
        |cx| {
            let pid = cx.pid().clone();
            cx.meta().kill(&pid, Reason::normal());
        },
    ];
    for used in uses {
        let lines = trace_of_work(move |cx| {
            used(cx);
            Ok(())
        })?;
        assert!(lines[0].starts_with("a - Say(1, _), the ground has no meta level"), "{lines:?}");
        assert_eq!(lines[1..], ["a: all is well"]);
    }
    Ok(())
}

#[test]
fn s02_a_turn_that_quits_and_fails_has_failed() -> anyhow::Result<()> {
    let lines = trace_of_work(|cx| {
        cx.quit();
        bail!("broken")
    })?;
    assert_eq!(lines, ["a - Say(1, _), broken", "a: all is well"]);
    Ok(())
}

#[test]
fn s02_every_kind_of_turn_can_fail() {
    let lines = trace(|log| {
        let failing = |word: &'static str, then: Turn| {
            Spawn::new((), move |(), cx| {
                cx.publisher(topic!(Say(1, word)));
                then(cx);
            })
        };
        [
            log.watcher("a", Role::subscriber(topic!(Say(1, _)))),
            failing("presence", |cx| {
                cx.subscriber(topic!(Say(2, _))).on_presence(|(), _, _| Err(anyhow!("by presence")));
                cx.publisher(topic!(Say(2, _)));
            }),
            failing("settled", |cx| {
                cx.subscriber(topic!(Say(3, _))).on_settled(|(), _, _| Err(anyhow!("by settled")));
            }),
            failing("resumed", |cx| cx.yield_then(|(), _| Err(anyhow!("by resumed")))),
            failing("spawned", |cx| cx.spawn_then(speaker(4, []), |(), _, _| Err(anyhow!("by spawned")))),
            failing("performed", |cx| cx.perform(async {}, |(), _, ()| Err(anyhow!("by performed")))),
            failing("absence", |cx| {
                cx.subscriber(topic!(Say(5, _))).on_absence(|(), _, _, _| Err(anyhow!("by absence")));
                cx.spawn(Spawn::new((), |(), cx| {
                    cx.publisher(topic!(Say(5, _)));
                    cx.quit();
                }));
            }),
        ]
    });
    for kind in ["presence", "settled", "resumed", "spawned", "performed", "absence"] {
        let line = format!("a - Say(1, {kind:?}), by {kind}");
        assert!(lines.contains(&line), "{line} is not among {lines:?}");
    }
}

#[test]
fn s02_a_panic_of_a_performed_future_fails_the_process_that_asked() -> anyhow::Result<()> {
    let lines = trace_of_work(|cx| {
        cx.perform(async { panic!("in the future") }, |(), _, ()| {});
        Ok(())
    })?;
    assert_eq!(lines[0], "a: said before it failed");
    assert_eq!(lines[1..], ["a - Say(1, _), panic: in the future", "a: all is well"]);
    Ok(())
}

/// Panics when it is dropped.
struct LastWord;

impl Drop for LastWord {
    fn drop(&mut self) {
        panic!("last word");
    }
}

#[test]
fn s02_a_panic_of_a_state_that_is_dropped_disturbs_nobody() -> anyhow::Result<()> {
    let log = Log::default();
    let dying = Spawn::new(LastWord, |_, cx| {
        cx.publisher(topic!(Say(1, _)));
        cx.subscriber(topic!(Go(1))).on_message(|_, cx, _| cx.quit());
    });
    let mut stage = Stage::new([log.watcher("a", Role::subscriber(topic!(Say(1, _)))), dying]);
    log.take();
    stage.go(1)?;
    stage.spawn(speaker(1, ["all is well"]))?;
    assert_eq!(log.take(), ["a - Say(1, _), normal", "a: all is well"]);
    Ok(())
}

#[test]
fn s02_a_panic_of_a_future_that_is_dropped_disturbs_nobody() -> anyhow::Result<()> {
    let log = Log::default();
    let dying = Spawn::new((), |(), cx| {
        let last = LastWord;
        cx.publisher(topic!(Say(1, _)));
        cx.perform(
            async move {
                std::future::pending::<()>().await;
                drop(last);
            },
            |(), _, ()| {},
        );
        cx.subscriber(topic!(Go(1))).on_message(|_, cx, _| cx.quit());
    });
    let mut stage = Stage::new([log.watcher("a", Role::subscriber(topic!(Say(1, _)))), dying]);
    log.take();
    stage.go(1)?;
    stage.spawn(speaker(1, ["all is well"]))?;
    assert_eq!(log.take(), ["a - Say(1, _), normal", "a: all is well"]);
    Ok(())
}
