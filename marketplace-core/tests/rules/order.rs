//! S3 and S4: one action at a time, in rounds, in an order that depends on nothing but the program.

use std::cell::RefCell;
use std::hash::{Hash, Hasher};

use marketplace_core::{Context, EventKinds, Message, Role, Spawn, Value, topic};

use crate::support::{Log, Say, run, speaker, trace};

/// Answers each message about 1 with a message about 2.
fn answerer(answer: &'static str) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Say(1, _))).on_message(move |(), cx, _| cx.send(Say(2, answer)));
    })
}

#[test]
fn s03_all_turns_of_an_action_come_before_the_next_action() {
    let lines = trace(|log| {
        [
            log.watcher("a", Role::subscriber(topic!(Say(1, _)))),
            log.watcher("b", Role::subscriber(topic!(Say(1, _)))),
            speaker(1, ["x", "y"]),
        ]
    });
    assert_eq!(lines, ["a settled, 0", "b settled, 0", "a: x", "b: x", "a: y", "b: y"]);
}

#[test]
fn s03_what_a_turn_asks_for_happens_after_all_turns_of_the_action_that_triggered_it() {
    let lines = trace(|log| {
        [
            answerer("answer"),
            log.watcher("a", Role::subscriber(topic!(Say(_, _)))),
            log.watcher("b", Role::subscriber(topic!(Say(_, _)))),
            speaker(1, ["x"]),
        ]
    });
    assert_eq!(lines, ["a settled, 0", "b settled, 0", "a: x", "b: x", "a: answer", "b: answer"]);
}

#[test]
fn s03_turns_never_nest() {
    let lines = trace(|log| {
        let (parent, child) = (log.clone(), log.clone());
        [Spawn::new((), move |(), cx| {
            parent.add("parent begins");
            cx.spawn(Spawn::new((), move |(), _| child.add("child boots")));
            parent.add("parent ends");
        })]
    });
    assert_eq!(lines, ["parent begins", "parent ends", "child boots"]);
}

/// Yields for some rounds, and logs each.
fn go_on(cx: &mut Context<'_, ()>, log: Log, who: &'static str, rounds: u32) {
    if rounds > 0 {
        cx.yield_then(move |(), cx| {
            log.add(format_args!("{who}{rounds}"));
            go_on(cx, log, who, rounds - 1);
        });
    }
}

#[test]
fn s04_processes_take_turns_by_round_robin() {
    let lines = trace(|log| {
        ["a", "b", "c"].map(|who| {
            let log = log.clone();
            Spawn::new((), move |(), cx| go_on(cx, log, who, 3))
        })
    });
    assert_eq!(lines, ["a3", "b3", "c3", "a2", "b2", "c2", "a1", "b1", "c1"]);
}

#[test]
fn s04_a_round_performs_what_was_pending_when_it_began() {
    let lines = trace(|log| {
        [
            log.watcher("a", Role::subscriber(topic!(Say(_, _)))),
            answerer("to x"),
            speaker(1, ["x"]),
            speaker(3, ["y", "z"]),
        ]
    });
    assert_eq!(lines, ["a settled, 0", "a: x", "a: y", "a: z", "a: to x"]);
}

#[test]
fn s04_actions_are_performed_in_the_order_in_which_they_were_asked_for_whoever_asked() {
    let lines = trace(|log| {
        // The first process has a turn for the word, then the second has one, then the first has another.
        let first = Spawn::new((), |(), cx| {
            cx.subscriber(topic!(Say(1, _))).on_message(|(), cx, _| cx.send(Say(2, "first, before")));
            cx.yield_then(|(), cx| {
                cx.subscriber(topic!(Say(1, _))).on_message(|(), cx, _| cx.send(Say(2, "first, after")));
            });
        });
        let second = Spawn::new((), |(), cx| {
            cx.subscriber(topic!(Say(1, _))).on_message(|(), cx, _| cx.send(Say(2, "second")));
        });
        let late = Spawn::new((), |(), cx| {
            cx.yield_then(|(), cx| cx.yield_then(|(), cx| cx.send(Say(1, "now"))));
        });
        [log.watcher("a", Role::subscriber(topic!(Say(2, _)))), first, second, late]
    });
    assert_eq!(lines, ["a settled, 0", "a: first, before", "a: second", "a: first, after"]);
}

#[test]
fn s04_many_actions_of_one_process_delay_another_by_one_round_only() {
    let lines = trace(|log| {
        let (busy, calm) = (log.clone(), log.clone());
        let busy = Spawn::new((), move |(), cx| {
            for _ in 0..3 {
                go_on(cx, busy.clone(), "busy", 2);
            }
        });
        [busy, Spawn::new((), move |(), cx| go_on(cx, calm, "calm", 2))]
    });
    assert_eq!(lines, ["busy2", "busy2", "busy2", "calm2", "busy1", "busy1", "busy1", "calm1"]);
}

/// Adds many endpoints of several shapes, with names of several types, and leaves.
fn crowd(log: &Log, who: &'static str) -> Spawn {
    let log = log.clone();
    Spawn::new((), move |(), cx| {
        for number in 0..20 {
            cx.publisher(topic!(Say(number, _))).named(("number", number));
            cx.publisher(topic!(Say(_, "word"))).named(Value::unique("word"));
            cx.publisher(topic!(Say(_, _))).named(format!("any {number}"));
            cx.subscriber(topic!(Say(number, "word"))).on(EventKinds::ALL, log.events(who));
        }
        cx.send(Say(7, "word"));
        cx.send_feedback(Say(7, "word"));
        cx.yield_then(|(), cx| cx.quit());
    })
}

#[test]
fn s04_the_same_program_gives_the_same_trace() {
    let program = |log: &Log| [crowd(log, "a"), crowd(log, "b"), Spawn::nested([crowd(log, "c")])];
    let first = trace(program);
    assert!(first.len() > 1_000);
    for _ in 0..3 {
        assert!(trace(program) == first, "another run, another trace");
    }
}

thread_local! {
    /// The values that the hashers of a [`Peeking`] would have returned.
    static DIGESTS: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// Records the state of the hasher that hashes it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Peeking;

impl Hash for Peeking {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(0);
        let digest = state.finish();
        DIGESTS.with_borrow_mut(|digests| digests.push(digest));
    }
}

#[derive(Debug, Message)]
struct Peek(#[message(leaf)] Peeking);

/// The hashes that the tables of a VM compute for the same program.
fn digests(program: fn() -> Spawn) -> anyhow::Result<Vec<u64>> {
    run([program()])?;
    Ok(DIGESTS.take())
}

#[test]
fn s04_tables_that_a_peer_can_fill_use_a_keyed_hash() -> anyhow::Result<()> {
    let programs: [fn() -> Spawn; 2] = [
        || {
            Spawn::new((), |(), cx| {
                cx.subscriber(topic!(Peek(Peeking)));
            })
        },
        || {
            Spawn::new((), |(), cx| {
                // Names are hashed only if a process has many endpoints.
                (0..100).for_each(|other| drop(cx.subscriber(topic!(Say(1, _))).named(other)));
                cx.subscriber(topic!(Say(1, _))).named(Value::of(Peeking));
            })
        },
    ];
    for program in programs {
        let first = digests(program)?;
        assert!(!first.is_empty());
        assert_ne!(first, digests(program)?);
    }
    Ok(())
}
