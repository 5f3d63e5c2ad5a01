//! Faults of the original that concern the core (section 8 of the design), and what happens here instead.

use std::panic::panic_any;

use anyhow::Context as _;
use marketplace_core::{EventKinds, Pid, Reason, Role, Spawn, topic};

use crate::support::{Go, Log, Say, Stage, Turn, publisher, speaker, trace};

/// The events that a subscriber receives about a process that does something at step 1. Asserts that the program is not
/// affected otherwise.
fn trace_of_fault(fault: Turn) -> anyhow::Result<Vec<String>> {
    let log = Log::default();
    let faulty = Spawn::new((), move |(), cx| {
        cx.publisher(topic!(Say(1, _))).named("voice");
        cx.subscriber(topic!(Go(1))).on_message(move |(), cx, _| fault(cx));
    });
    let mut stage = Stage::new([log.watcher("a", Role::subscriber(topic!(Say(1, _)))), faulty]);
    log.take();
    stage.go(1)?;
    stage.spawn(speaker(1, ["the program goes on"]))?;
    Ok(log.take())
}

#[test]
fn s08_an_endpoint_added_again_with_another_role_does_not_end_the_program() -> anyhow::Result<()> {
    let lines = trace_of_fault(|cx| {
        cx.subscriber(topic!(Say(1, _))).named("voice");
    })?;
    assert!(lines[0].starts_with("a - Say(1, _), endpoint \"voice\" already exists"), "{lines:?}");
    assert_eq!(lines[1..], ["a: the program goes on"]);
    Ok(())
}

#[test]
fn s15_a_meta_action_at_the_ground_does_not_end_the_program() -> anyhow::Result<()> {
    let lines = trace_of_fault(|cx| cx.meta().send(Say(1, "to nobody")))?;
    assert!(lines[0].starts_with("a - Say(1, _), the ground has no meta level"), "{lines:?}");
    assert_eq!(lines[1..], ["a: the program goes on"]);
    Ok(())
}

#[test]
fn s02_a_panic_with_something_else_than_words_does_not_end_the_program() -> anyhow::Result<()> {
    let lines = trace_of_fault(|_| panic_any(17))?;
    assert!(lines[0].starts_with("a - Say(1, _), panic"), "{lines:?}");
    assert_eq!(lines[1..], ["a: the program goes on"]);
    Ok(())
}

#[test]
fn s11_the_handlers_of_a_dying_process_do_not_run() {
    let lines = trace(|log| {
        let (ears, mouth, hears) = (log.events("ears"), log.events("mouth"), log.events("other ears"));
        let dying = Spawn::new((), move |(), cx| {
            cx.subscriber(topic!(Say(1, _))).on(EventKinds::ABSENCE, ears);
            cx.publisher(topic!(Say(1, _))).on(EventKinds::ABSENCE, mouth);
            cx.subscriber(topic!(Say(2, _))).on(EventKinds::ALL, hears);
            cx.quit();
            cx.send(Say(2, "to itself"));
        });
        [dying]
    });
    assert!(lines.is_empty(), "{lines:?}");
}

#[test]
fn s11_what_a_killed_process_had_asked_for_is_not_lost() -> anyhow::Result<()> {
    let log = Log::default();
    let victim = Spawn::new((), |(), cx| {
        cx.publisher(topic!(Say(1, _)));
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| {
            cx.send(Say(1, "close the socket"));
            cx.delete("nothing");
            cx.spawn(speaker(1, ["and the file"]));
        });
    });
    let killer = Spawn::new(None, |_: &mut Option<Pid>, cx| {
        cx.subscriber(topic!(Go(1))).on_message(|victim, cx, _| {
            cx.kill(victim.as_ref().context("a victim")?, Reason::normal());
            Ok(())
        });
        cx.spawn_then(victim, |victim, _, pid| *victim = Some(pid));
    });
    let mut stage = Stage::new([log.watcher("a", Role::subscriber(topic!(Say(1, _)))), killer]);
    log.take();
    stage.go(1)?;
    assert_eq!(log.take(), ["a: close the socket", "a - Say(1, _), normal", "a: and the file"]);
    Ok(())
}

#[test]
fn s11_what_is_written_after_a_quit_is_not_lost() -> anyhow::Result<()> {
    let lines = trace_of_fault(|cx| {
        cx.quit();
        cx.send(Say(1, "close the socket"));
    })?;
    assert_eq!(lines, ["a: close the socket", "a - Say(1, _), normal", "a: the program goes on"]);
    Ok(())
}

#[test]
fn s07_one_of_two_equal_peers_that_leaves_ends_no_demand() -> anyhow::Result<()> {
    let log = Log::default();
    let departs = log.clone();
    let demanding = Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(Say(1, _)))
            .on_departure(move |(), _, _, _| departs.add("the last has left"));
    });
    let mut stage = Stage::new([demanding, publisher(1, 1), publisher(1, 2)]);
    stage.go(1)?;
    assert!(log.take().is_empty());
    stage.go(2)?;
    assert_eq!(log.take(), ["the last has left"]);
    Ok(())
}

#[test]
fn s09_a_listener_whose_demand_has_gone_while_it_was_starting_can_tell() {
    let lines = trace(|log| {
        let events = log.events("listener");
        let listener = Spawn::new((), move |(), cx| {
            cx.subscriber(topic!(Say(1, _))).on(EventKinds::ALL, events);
        });
        let starter = Spawn::new(Some(listener), |_, cx| {
            cx.observe_publishers(topic!(Say(1, _))).on_presence(|listener, cx, _| {
                if let Some(listener) = listener.take() {
                    cx.spawn(listener);
                }
            });
        });
        let hasty = Spawn::new((), |(), cx| {
            cx.publisher(topic!(Say(1, _)));
            cx.quit();
        });
        [starter, hasty]
    });
    assert_eq!(lines, ["listener settled, 0"]);
}

#[test]
fn s04_order_follows_creation_and_no_hash_table() {
    let names = ["zeta", "alpha", "mu", "beta", "omega", "gamma", "kappa", "delta"];
    let lines = trace(|log| {
        let processes = names.map(|name| {
            let hears = log.events(name);
            Spawn::new((), move |(), cx| {
                cx.subscriber(topic!(Say(1, _))).named(name).on(EventKinds::MESSAGE, hears);
            })
        });
        processes.into_iter().chain([speaker(1, ["x"])])
    });
    assert_eq!(lines, names.map(|name| format!("{name}: x")));
    let lines = trace(|log| {
        let leaver = Spawn::new((), move |(), cx| {
            for name in names {
                cx.publisher(topic!(Say(1, name))).named(name);
            }
            cx.quit();
        });
        [log.watcher("a", Role::subscriber(topic!(Say(1, _)))), leaver]
    });
    assert_eq!(lines[9..], names.map(|name| format!("a - Say(1, {name:?}), normal")));
}
