//! S11: how processes leave.

use anyhow::{Context as _, bail};
use marketplace_core::{EventKinds, Pid, Reason, Role, Spawn, topic};

use crate::support::{FallibleTurn, Go, Log, Say, Stage, publisher, speaker, trace};

/// Has two endpoints for messages about 1, and leaves by `leave` when it receives the first message.
fn leaver(log: &Log, leave: FallibleTurn) -> Spawn {
    let (first, again, later) = (log.clone(), log.clone(), log.clone());
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Say(1, _))).on_message(move |(), cx, _| {
            first.add("first endpoint");
            let [resumed, spawned, performed] = [(); 3].map(|()| later.clone());
            cx.yield_then(move |(), _| resumed.add("resumed"));
            cx.spawn_then(speaker(2, []), move |(), _, _| spawned.add("spawned"));
            cx.perform(async {}, move |(), _, ()| performed.add("performed"));
            leave(cx)
        });
        cx.subscriber(topic!(Say(1, _))).on_message(move |(), _, _| again.add("second endpoint"));
    })
}

#[test]
fn s11_a_process_that_leaves_takes_no_further_turns() {
    let ways: [FallibleTurn; 3] = [
        |cx| {
            cx.quit();
            Ok(())
        },
        |_| bail!("broken"),
        |_| panic!("broken"),
    ];
    for leave in ways {
        let lines = trace(|log| [leaver(log, leave), speaker(1, ["x", "y"])]);
        assert_eq!(lines, ["first endpoint"]);
    }
}

#[test]
fn s11_a_killed_process_takes_no_further_turns() {
    let lines = trace(|log| {
        let (hears, resumed) = (log.events("victim"), log.clone());
        let victim = Spawn::new((), move |(), cx| {
            cx.subscriber(topic!(Say(1, _))).on(EventKinds::MESSAGE, hears);
            cx.yield_then(|(), cx| cx.yield_then(move |(), _| resumed.add("resumed")));
        });
        [Spawn::new((), |(), cx| {
            cx.spawn_then(victim, |(), cx, pid| {
                cx.send(Say(1, "before"));
                cx.kill(&pid, Reason::normal());
                cx.send(Say(1, "after"));
            });
        })]
    });
    assert_eq!(lines, ["victim: before"]);
}

#[test]
fn s11_what_a_turn_asks_for_after_it_has_asked_to_quit_is_performed() {
    let lines = trace(|log| {
        let quitter = Spawn::new((), |(), cx| {
            cx.send(Say(1, "before"));
            cx.quit();
            cx.publisher(topic!(Say(1, _)));
            cx.send(Say(1, "after"));
            cx.spawn(speaker(1, ["from its child"]));
        });
        [log.watcher("a", Role::subscriber(topic!(Say(1, _)))), quitter]
    });
    let told = ["a: before", "a + Say(1, _)", "a: after", "a - Say(1, _), normal", "a: from its child"];
    assert_eq!(lines[1..], told);
}

/// Publishes. At step 1 it sends a message in one turn. In the next turn, before that message is delivered, it sends
/// another one and leaves by `leave`.
fn busy_leaver(leave: FallibleTurn) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(topic!(Say(1, _)));
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.send(Say(1, "earlier turn")));
        cx.subscriber(topic!(Go(1))).on_message(move |(), cx, _| {
            cx.send(Say(1, "last turn"));
            leave(cx)
        });
    })
}

#[test]
fn s11_what_a_process_asked_for_in_earlier_turns_is_performed_before_its_endpoints_go() -> anyhow::Result<()>
{
    let log = Log::default();
    let mut stage = Stage::new([log.watcher("a", Role::subscriber(topic!(Say(1, _))))]);
    stage.spawn(busy_leaver(|cx| {
        cx.quit();
        Ok(())
    }))?;
    stage.go(1)?;
    stage.spawn(busy_leaver(|_| bail!("broken")))?;
    stage.go(1)?;
    let told = [
        "a settled, 0",
        "a + Say(1, _)",
        "a: earlier turn",
        "a: last turn",
        "a - Say(1, _), normal",
        "a + Say(1, _)",
        "a: earlier turn",
        "a - Say(1, _), broken",
    ];
    assert_eq!(log.lines(), told);
    Ok(())
}

#[test]
fn s11_what_a_killed_process_asked_for_is_performed_in_its_normal_slot() {
    let lines = trace(|log| {
        let victim = Spawn::new((), |(), cx| {
            cx.publisher(topic!(Say(1, _)));
            cx.send(Say(1, "victim"));
        });
        let killer = Spawn::new((), |(), cx| {
            cx.spawn_then(victim, |(), cx, pid| {
                cx.kill(&pid, Reason::normal());
                cx.kill(&pid, Reason::error(anyhow::anyhow!("a second reason")));
            });
        });
        // The killer's continuation and the victim's boot are performed in the same round, the killer's first.
        [log.watcher("a", Role::subscriber(topic!(Say(1, _)))), killer]
    });
    assert_eq!(lines[1..], ["a + Say(1, _)", "a: victim", "a - Say(1, _), normal"]);
}

#[test]
fn s11_endpoints_go_in_creation_order() {
    let lines = trace(|log| {
        let leaver = Spawn::new((), |(), cx| {
            for word in ["one", "two", "three", "four", "five"] {
                cx.publisher(topic!(Say(1, word))).named(word);
            }
            cx.delete("two");
            cx.publisher(topic!(Say(1, "two"))).named("two");
            cx.yield_then(|(), cx| cx.quit());
        });
        [log.watcher("a", Role::subscriber(topic!(Say(1, _)))), leaver]
    });
    let words = ["one", "three", "four", "five", "two"];
    assert_eq!(lines[8..], words.map(|word| format!("a - Say(1, {word:?}), normal")));
}

#[test]
fn s11_the_first_reason_counts() {
    let lines = trace(|log| {
        let quitter = Spawn::new((), |(), cx| {
            cx.publisher(topic!(Say(1, _)));
            cx.quit_because(Reason::error(anyhow::anyhow!("first")));
            cx.quit_because(Reason::error(anyhow::anyhow!("second")));
        });
        let killer = Spawn::new((), move |(), cx| {
            cx.spawn_then(quitter, |(), cx, pid| {
                cx.kill(&pid, Reason::error(anyhow::anyhow!("third")));
            });
        });
        [log.watcher("a", Role::subscriber(topic!(Say(1, _)))), killer]
    });
    assert_eq!(lines[1..], ["a + Say(1, _)", "a - Say(1, _), first"]);
}

/// An error that is recognised by its address.
#[derive(Debug)]
struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("broken")
    }
}

impl std::error::Error for Broken {}

#[test]
fn s11_the_reason_reaches_every_peer_unchanged_and_shared() {
    let lines = trace(|log| {
        let peer = || {
            let log = log.clone();
            Spawn::new((), move |(), cx| {
                cx.subscriber(topic!(Say(1, _))).on_absence(move |(), _, _, reason| {
                    let broken = reason.downcast_ref::<Broken>();
                    log.add(format_args!("{:p}", broken.context("another error")?));
                    Ok(())
                });
            })
        };
        let nested_peer = Spawn::nested([{
            let log = log.clone();
            Spawn::new((), move |(), cx| {
                cx.meta().subscriber(topic!(Say(1, _))).on_absence(move |(), _, _, reason| {
                    let broken = reason.downcast_ref::<Broken>();
                    log.add(format_args!("{:p}", broken.context("another error")?));
                    Ok(())
                });
            })
        }]);
        let failing = Spawn::new((), |(), cx| {
            cx.publisher(topic!(Say(1, _)));
            cx.yield_then(|(), cx| cx.yield_then(|(), _| Err(Broken.into())));
        });
        [peer(), peer(), nested_peer, failing]
    });
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| *line == lines[0]), "{lines:?}");
}

#[test]
fn s11_an_unknown_pid_is_ignored() -> anyhow::Result<()> {
    let log = Log::default();
    let killer = Spawn::new(None, |_: &mut Option<Pid>, cx| {
        cx.spawn_then(publisher(1, 1), |victim, _, pid| *victim = Some(pid));
        cx.subscriber(topic!(Go(2))).on_message(|victim, cx, _| {
            cx.kill(victim.as_ref().context("a victim")?, Reason::normal());
            cx.send(Say(1, "killed"));
            Ok(())
        });
    });
    let mut stage = Stage::new([killer, log.watcher("a", Role::subscriber(topic!(Say(1, _))))]);
    stage.go(1)?;
    log.take();
    stage.go(2)?;
    assert_eq!(log.take(), ["a: killed"]);
    Ok(())
}

#[test]
fn s11_a_process_can_be_killed_by_itself() {
    let lines = trace(|log| {
        let suicide = Spawn::new((), |(), cx| {
            cx.publisher(topic!(Say(1, _)));
            let pid = cx.pid().clone();
            cx.kill(&pid, Reason::error(anyhow::anyhow!("enough")));
            cx.send(Say(1, "after"));
        });
        [log.watcher("a", Role::subscriber(topic!(Say(1, _)))), suicide]
    });
    assert_eq!(lines[1..], ["a + Say(1, _)", "a: after", "a - Say(1, _), enough"]);
}
