//! S8 and S9: endpoints that are added again, and `Settled`.

use marketplace_core::{Context, EventKinds, Interest, Role, Spawn, topic};

use crate::support::{Go, Log, Say, Stage, publisher, speaker, trace};

/// Adds an endpoint, and adds it again by `again` at step 1.
fn updater(log: &Log, again: impl Fn(&mut Context<'_, ()>, &Log) + Send + 'static) -> Spawn {
    let (events, log) = (log.events("old"), log.clone());
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Say(1, _))).named("ears").on(EventKinds::ALL, events);
        cx.subscriber(topic!(Go(1))).on_message(move |(), cx, _| again(cx, &log));
    })
}

/// The events that an updater and its peer receive from step 1 on.
fn trace_of_update(
    again: impl Fn(&mut Context<'_, ()>, &Log) + Send + 'static,
) -> anyhow::Result<Vec<String>> {
    let log = Log::default();
    let mut stage =
        Stage::new([updater(&log, again), log.watcher("peer", Role::publisher(topic!(Say(1, _))))]);
    log.take();
    stage.go(1)?;
    stage.send(Say(1, "x"))?;
    Ok(log.take())
}

#[test]
fn s08_an_equal_role_under_the_same_name_replaces_the_handlers_and_nothing_else() -> anyhow::Result<()> {
    let lines = trace_of_update(|cx, log| {
        cx.subscriber(topic!(Say(1, _))).named("ears").on(EventKinds::ALL, log.events("new"));
    })?;
    assert_eq!(lines, ["new: x"]);
    Ok(())
}

#[test]
fn s08_an_updated_endpoint_goes_on_under_its_new_handlers() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([updater(&log, |cx, log| {
        cx.subscriber(topic!(Say(1, _))).named("ears").on(EventKinds::ALL, log.events("new"));
    })]);
    stage.spawn(publisher(1, 2))?;
    stage.go(1)?;
    stage.go(2)?;
    assert_eq!(log.take(), ["old settled, 0", "old + Say(1, _)", "new - Say(1, _), normal"]);
    Ok(())
}

#[test]
fn s08_an_endpoint_added_twice_in_one_turn_is_one() {
    let lines = trace(|log| {
        let (first, second) = (log.events("first"), log.events("second"));
        let twice = Spawn::new((), move |(), cx| {
            cx.subscriber(topic!(Say(1, _))).named("ears").on(EventKinds::ALL, first);
            cx.subscriber(topic!(Say(1, _))).named("ears").on(EventKinds::ALL, second);
        });
        [twice, log.watcher("peer", Role::publisher(topic!(Say(1, _)))), speaker(1, ["x"])]
    });
    let told = ["first settled, 0", "second + Say(1, _)", "peer + Say(1, _)", "peer settled, 1", "second: x"];
    assert_eq!(lines, told);
}

#[test]
fn s08_roles_are_equal_that_mean_the_same() -> anyhow::Result<()> {
    let lines = trace_of_update(|cx, log| {
        let number = 1;
        cx.subscriber(topic!(Say(number, ..))).named("ears").on(EventKinds::ALL, log.events("new"));
    })?;
    assert_eq!(lines, ["new: x"]);
    Ok(())
}

#[test]
fn s08_another_role_under_the_same_name_fails_the_turn() -> anyhow::Result<()> {
    let again: [fn(&mut Context<'_, ()>, &Log); 3] = [
        |cx, _| {
            cx.subscriber(topic!(Say(2, _))).named("ears");
        },
        |cx, _| {
            cx.publisher(topic!(Say(1, _))).named("ears");
        },
        |cx, _| {
            cx.observe_publishers(topic!(Say(1, _))).named("ears");
        },
    ];
    for again in again {
        let lines = trace_of_update(again)?;
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(
            lines[0].starts_with("peer - Say(1, _), endpoint \"ears\" already exists with another role"),
            "{lines:?}"
        );
    }
    Ok(())
}

#[test]
fn s08_a_name_is_free_again_after_its_deletion() -> anyhow::Result<()> {
    let lines = trace_of_update(|cx, log| {
        cx.delete("ears");
        cx.subscriber(topic!(Say(_, "x"))).named("ears").on(EventKinds::ALL, log.events("new"));
    })?;
    let told = [
        "peer - Say(1, _), normal",
        "old - Say(1, _), normal",
        "peer + Say(1, \"x\")",
        "new + Say(1, \"x\")",
        "new settled, 1",
        "new: x",
    ];
    assert_eq!(lines, told);
    Ok(())
}

#[test]
fn s08_an_endpoint_without_a_name_of_its_own_keeps_it_through_an_update() -> anyhow::Result<()> {
    let log = Log::default();
    let hears = log.events("old");
    let anonymous = Spawn::new((), move |(), cx| {
        let name = cx.subscriber(topic!(Say(1, _))).on(EventKinds::MESSAGE, hears).name();
        cx.subscriber(topic!(Go(1))).on_message(move |(), cx, _| {
            cx.subscriber(topic!(Say(1, _))).named(name.clone());
        });
        cx.subscriber(topic!(Go(2))).on_message(|(), cx, _| {
            cx.subscriber(topic!(Say(2, _)));
        });
    });
    let mut stage = Stage::new([anonymous, log.watcher("peer", Role::publisher(topic!(Say(..))))]);
    stage.go(1)?;
    log.take();
    stage.go(2)?;
    assert_eq!(log.take(), ["peer + Say(2, _)"]);
    Ok(())
}

#[test]
fn s08_a_name_that_an_endpoint_had_only_in_passing_is_still_the_other_ones() {
    let lines = trace(|log| {
        let process = Spawn::new((), |(), cx| {
            cx.publisher(topic!(Say(1, _))).named("x");
            cx.publisher(topic!(Say(1, _))).named("x").named("y");
            cx.publisher(topic!(Say(2, _))).named("x");
        });
        [log.watcher("a", Role::subscriber(topic!(Say(..)))), process]
    });
    assert_eq!(lines, ["a settled, 0"], "the turn has failed");
}

#[test]
fn s09_settled_comes_after_the_initial_presences_with_their_number() {
    let lines = trace(|log| {
        [
            publisher(1, 9),
            publisher(1, 9),
            log.watcher("a", Role::subscriber(topic!(Say(1, _)))),
            log.watcher("b", Role::subscriber(topic!(Say(2, _)))),
        ]
    });
    assert_eq!(lines, ["a + Say(1, _)", "a + Say(1, _)", "a settled, 2", "b settled, 0"]);
}

#[test]
fn s09_settled_counts_only_those_who_can_be_seen() {
    let lines = trace(|log| {
        let subscriber = || Role::subscriber(topic!(Say(1, _)));
        let watching = Spawn::new((), |(), cx| {
            cx.observe_subscribers(topic!(Say(1, _)));
        });
        [
            watching,
            publisher(1, 9),
            log.watcher("participant", subscriber()),
            log.watcher("everything", subscriber().with_interest(Interest::Everything)),
        ]
    });
    assert_eq!(
        lines.iter().filter(|line| line.contains("settled")).collect::<Vec<_>>(),
        ["participant settled, 1", "everything settled, 2"]
    );
}

#[test]
fn s09_settled_comes_once() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([log.watcher("a", Role::subscriber(topic!(Say(1, _)))), publisher(1, 1)]);
    stage.go(1)?;
    assert_eq!(log.take(), ["a settled, 0", "a + Say(1, _)", "a - Say(1, _), normal"]);
    Ok(())
}

#[test]
fn s09_settled_comes_at_the_meta_level_too() {
    let lines = trace(|log| {
        let events = log.events("inside");
        let inside = Spawn::new((), move |(), cx| {
            cx.meta().subscriber(topic!(Say(1, _))).on(EventKinds::ALL, events);
        });
        [publisher(1, 9), publisher(1, 9), Spawn::nested([inside])]
    });
    assert_eq!(lines, ["inside + Say(1, _)", "inside + Say(1, _)", "inside settled, 2"]);
}

#[test]
fn s05_s08_an_observer_that_stops_hearing_and_hears_again_keeps_its_place() -> anyhow::Result<()> {
    let log = Log::default();
    let hearer = |who: &'static str, deaf: u32, hearing: u32| {
        let log = log.clone();
        Spawn::new((), move |(), cx| {
            cx.observe_publishers(topic!(Say(1, _))).named("ears").on(EventKinds::ALL, log.events(who));
            cx.subscriber(topic!(Go(deaf))).on_message(|(), cx, _| {
                cx.observe_publishers(topic!(Say(1, _))).named("ears");
            });
            cx.subscriber(topic!(Go(hearing))).on_message(move |(), cx, _| {
                cx.observe_publishers(topic!(Say(1, _))).named("ears").on(EventKinds::ALL, log.events(who));
            });
        })
    };
    let mut stage = Stage::new([hearer("a", 1, 2), hearer("b", 3, 4), hearer("c", 5, 6)]);
    for (step, heard) in [(1, "bc"), (3, "c"), (2, "ac"), (4, "abc"), (3, "ac"), (4, "abc"), (5, "ab")] {
        stage.go(step)?;
        log.take();
        stage.send(Say(1, "x"))?;
        let expected: Vec<_> = heard.chars().map(|who| format!("{who}: x")).collect();
        assert_eq!(log.take(), expected, "after step {step}");
    }
    stage.spawn(publisher(1, 7))?;
    stage.go(7)?;
    assert_eq!(
        log.take(),
        ["a + Say(1, _)", "b + Say(1, _)", "a - Say(1, _), normal", "b - Say(1, _), normal"]
    );
    Ok(())
}
