//! S17: the cost of an action depends on how many endpoints match, not on how many there are. The cost is measured as
//! the number of times that the VM hashes, compares or clones users' values.

use std::cell::Cell;
use std::hash::{Hash, Hasher};

use marketplace_core::{Context, EventKinds, Message, Question, Request, Spawn, topic};

use crate::support::{Go, Log, Stage, Turn};

thread_local! {
    static DEEDS: Cell<u64> = const { Cell::new(0) };
}

/// A number that counts the operations on it.
#[derive(Debug, Eq)]
struct Counted(usize);

fn count() {
    DEEDS.set(DEEDS.get() + 1);
}

impl Hash for Counted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        count();
        self.0.hash(state);
    }
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        count();
        self.0 == other.0
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        count();
        Self(self.0)
    }
}

/// A message with two parts that can be matched on.
#[derive(Debug, Message)]
struct Pair(#[message(leaf)] Counted, #[message(leaf)] Counted);

/// The cost of an action in a VM with the endpoints that `crowd` adds.
fn cost(crowd: impl FnOnce(&mut Context<'_, ()>) + Send + 'static, act: Turn) -> anyhow::Result<u64> {
    let actor = Spawn::new((), move |(), cx| {
        cx.publisher(pair(3)).named("own");
        cx.subscriber(topic!(Go(1))).on_message(move |(), cx, _| act(cx));
    });
    let mut stage = Stage::new([Spawn::new((), |(), cx| crowd(cx)), actor]);
    DEEDS.set(0);
    stage.go(1)?;
    Ok(DEEDS.get())
}

fn pair(number: usize) -> PairPattern {
    topic!(Pair(Counted(number), Counted(number)))
}

/// Many endpoints with topics of three shapes, each with a topic of its own.
fn each_its_own(cx: &mut Context<'_, ()>, number: usize) {
    for number in 0..number {
        cx.subscriber(pair(number));
        cx.subscriber(topic!(Pair(Counted(number), _)));
        cx.subscriber(topic!(Pair(_, Counted(number))));
    }
    // The most specific ones come last: each finds the others by one probe.
    for number in 0..number {
        cx.publisher(pair(number));
    }
}

/// Many endpoints that share one topic.
fn all_alike(cx: &mut Context<'_, ()>, number: usize) {
    for number in 0..number {
        cx.publisher(pair(7)).named(number);
        // More than a few topics on both sides, so that the index hashes.
        if number < 10 {
            cx.publisher(pair(100 + number));
            cx.subscriber(pair(100 + number));
        }
    }
}

const FEW: usize = 10;
const MANY: usize = 10_000;

const ACTS: [(&str, Turn); 6] = [
    ("a message for some", |cx| cx.send(Pair(Counted(3), Counted(3)))),
    ("a message for nobody", |cx| cx.send(Pair(Counted(MANY), Counted(MANY)))),
    ("feedback", |cx| cx.send_feedback(Pair(Counted(3), Counted(3)))),
    ("adding an endpoint", |cx| {
        cx.publisher(pair(4));
    }),
    ("adding an endpoint with no peers", |cx| {
        cx.publisher(pair(MANY));
    }),
    ("deleting an endpoint", |cx| cx.delete("own")),
];

#[test]
fn s17_an_action_costs_the_same_among_many_endpoints_with_topics_of_their_own() -> anyhow::Result<()> {
    for (name, act) in ACTS {
        let few = cost(|cx| each_its_own(cx, FEW), act)?;
        let many = cost(|cx| each_its_own(cx, MANY), act)?;
        assert!(few > 0 && few < 50, "{name}: {few}");
        assert_eq!(few, many, "{name}");
    }
    Ok(())
}

#[test]
fn s17_an_action_costs_the_same_where_many_endpoints_share_a_topic() -> anyhow::Result<()> {
    let acts: [(&str, Turn); 4] = [
        ("one more of them", |cx| {
            cx.publisher(pair(7));
        }),
        ("feedback to all of them", |cx| cx.send_feedback(Pair(Counted(7), Counted(7)))),
        ("a subscriber to all of them", |cx| {
            cx.subscriber(pair(7));
        }),
        ("a message", |cx| cx.send(Pair(Counted(7), Counted(7)))),
    ];
    for (name, act) in acts {
        let few = cost(|cx| all_alike(cx, FEW), act)?;
        let many = cost(|cx| all_alike(cx, MANY), act)?;
        assert!(few < 50, "{name}: {few}");
        assert_eq!(few, many, "{name}");
    }
    Ok(())
}

#[test]
fn s17_one_of_many_that_share_a_topic_goes_at_the_same_cost() -> anyhow::Result<()> {
    let mut costs = Vec::new();
    for number in [FEW, MANY] {
        let crowd = Spawn::new((), move |(), cx| {
            all_alike(cx, number);
            cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.delete(5));
        });
        let mut stage = Stage::new([crowd]);
        DEEDS.set(0);
        stage.go(1)?;
        costs.push(DEEDS.get());
    }
    assert!(costs[0] > 0 && costs[0] < 50);
    assert_eq!(costs[0], costs[1]);
    Ok(())
}

/// A message with an enum of two variants.
#[derive(Debug, Message)]
struct Going(#[message(leaf)] Counted, Way);

#[derive(Debug, Message)]
enum Way {
    Out(#[message(leaf)] Counted),
    In(#[message(leaf)] Counted),
}

#[test]
fn s17_endpoints_with_another_variant_cost_nothing() -> anyhow::Result<()> {
    let outward = |number: usize| {
        move |cx: &mut Context<'_, ()>| {
            for number in 0..number {
                cx.publisher(topic!(Going(Counted(number), Way::Out(Counted(number)))));
            }
        }
    };
    let inward: Turn = |cx| {
        cx.subscriber(topic!(Going(Counted(3), Way::In(Counted(3)))));
    };
    let few = cost(outward(FEW), inward)?;
    assert!(few > 0 && few < 50, "{few}");
    assert_eq!(few, cost(outward(MANY), inward)?);
    Ok(())
}

#[test]
fn s17_parts_that_nobody_matches_on_are_never_looked_at() -> anyhow::Result<()> {
    let log = Log::default();
    let hears = log.events("a");
    let listener = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Pair(_, _))).on(EventKinds::MESSAGE, hears);
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.send(Pair(Counted(1), Counted(2))));
    });
    let mut stage = Stage::new([listener]);
    DEEDS.set(0);
    stage.go(1)?;
    assert_eq!(DEEDS.get(), 0);
    assert_eq!(log.lines(), ["a: Pair(Counted(1), Counted(2))"]);
    Ok(())
}

#[test]
fn s17_endpoints_for_other_types_cost_nothing() -> anyhow::Result<()> {
    let others = |number: usize| {
        move |cx: &mut Context<'_, ()>| {
            for _ in 0..number {
                cx.subscriber(topic!(Go(2)));
            }
        }
    };
    for (name, act) in ACTS {
        assert_eq!(cost(others(FEW), act)?, cost(others(MANY), act)?, "{name}");
    }
    Ok(())
}

impl Question for Pair {
    type Answer = ();
}

/// Answers the questions for 3, and asks many other questions, which get no answer.
fn asks_under_way(cx: &mut Context<'_, ()>, number: usize) {
    cx.subscriber(Request::topic(topic!(Pair(_, _))));
    cx.on_question(topic!(Pair(Counted(3), _)), |(), _, _, reply| reply.send(()));
    for number in 10..10 + number {
        cx.ask(Pair(Counted(number), Counted(number))).then(|(), _, _| ());
    }
}

#[test]
fn s17_an_ask_costs_the_same_among_many_asks() -> anyhow::Result<()> {
    let act: Turn = |cx| {
        cx.ask(Pair(Counted(3), Counted(3))).then(|(), cx, answer| {
            answer?;
            cx.quit();
            Ok(())
        });
    };
    let few = cost(|cx| asks_under_way(cx, FEW), act)?;
    let many = cost(|cx| asks_under_way(cx, MANY), act)?;
    assert!(few > 0 && few < 100, "{few}");
    assert!(many <= few, "{many}, not {few}");
    Ok(())
}
