//! S5: messages.

use anyhow::Context as _;
use marketplace_core::{
    Actions, Actor, Event, EventKinds, Interest, Orientation, Role, Spawn, VirtualMachine, topic,
};

use crate::support::with_traces;
use crate::support::{Go, Log, Say, Stage, run, speaker, trace};

const INTERESTS: [Interest; 3] = [Interest::Participant, Interest::Observer, Interest::Everything];

#[test]
fn s05_a_message_reaches_each_matching_endpoint_once_in_creation_order() {
    let lines = trace(|log| {
        [
            log.watcher("exact", Role::subscriber(topic!(Say(1, "x")))),
            log.watcher("number", Role::subscriber(topic!(Say(1, _)))),
            log.watcher("any", Role::subscriber(topic!(Say(..)))),
            log.watcher("word", Role::subscriber(topic!(Say(_, "x")))),
            log.watcher("number again", Role::subscriber(topic!(Say(1, _)))),
            log.watcher("exact again", Role::subscriber(topic!(Say(1, "x")))),
            speaker(1, ["x"]),
        ]
    });
    let heard = ["exact: x", "number: x", "any: x", "word: x", "number again: x", "exact again: x"];
    assert_eq!(lines[6..], heard);
}

#[test]
fn s05_a_message_reaches_no_endpoint_whose_topic_does_not_match() {
    let lines = trace(|log| {
        [
            log.watcher("other number", Role::subscriber(topic!(Say(2, _)))),
            log.watcher("other word", Role::subscriber(topic!(Say(1, "y")))),
            log.watcher("other type", Role::subscriber(topic!(Go(_)))),
            speaker(1, ["x"]),
        ]
    });
    assert_eq!(lines, ["other number settled, 0", "other word settled, 0", "other type settled, 0"]);
}

#[test]
fn s05_a_message_goes_to_the_opposite_orientation_only() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([
        log.watcher("publisher", Role::publisher(topic!(Say(1, _)))),
        log.watcher("subscriber", Role::subscriber(topic!(Say(1, _)))),
    ]);
    log.take();
    stage.send(Say(1, "message"))?;
    stage.spawn(Spawn::new((), |(), cx| cx.send_feedback(Say(1, "feedback"))))?;
    assert_eq!(log.take(), ["subscriber: message", "publisher: feedback"]);
    Ok(())
}

#[test]
fn s05_a_message_goes_to_endpoints_of_every_interest() {
    let lines = trace(|log| {
        let [participant, observer, everything] = INTERESTS;
        let role = |interest| Role::subscriber(topic!(Say(1, _))).with_interest(interest);
        [
            log.watcher("everything", role(everything)),
            log.watcher("observer", role(observer)),
            log.watcher("participant", role(participant)),
            speaker(1, ["x"]),
        ]
    });
    assert_eq!(lines[3..], ["everything: x", "observer: x", "participant: x"]);
}

#[test]
fn s05_a_message_reaches_the_senders_own_endpoints() {
    let lines = trace(|log| {
        let hears = log.events("a");
        [Spawn::new((), move |(), cx| {
            cx.subscriber(topic!(Say(1, _))).on(EventKinds::MESSAGE, hears);
            cx.send(Say(1, "x"));
        })]
    });
    assert_eq!(lines, ["a: x"]);
}

#[test]
fn s05_a_process_hears_a_message_at_each_of_its_matching_endpoints() {
    let lines = trace(|log| {
        let (first, second) = (log.events("first"), log.events("second"));
        let process = Spawn::new((), move |(), cx| {
            cx.subscriber(topic!(Say(1, _))).on(EventKinds::MESSAGE, first);
            cx.subscriber(topic!(Say(1, _))).on(EventKinds::MESSAGE, second);
        });
        [process, speaker(1, ["x"])]
    });
    assert_eq!(lines, ["first: x", "second: x"]);
}

#[test]
fn s05_messages_of_one_sender_arrive_in_the_order_sent() {
    let lines = trace(|log| {
        let sender = Spawn::new((), |(), cx| {
            cx.send(Say(1, "v"));
            cx.send(Say(2, "w"));
            cx.yield_then(|(), cx| {
                cx.send(Say(1, "x"));
                cx.send(Say(2, "y"));
                cx.send(Say(1, "z"));
            });
        });
        [log.watcher("a", Role::subscriber(topic!(Say(..)))), sender]
    });
    assert_eq!(lines[1..], ["a: v", "a: w", "a: x", "a: y", "a: z"]);
}

#[test]
fn s05_only_endpoints_that_are_live_hear() -> anyhow::Result<()> {
    let log = Log::default();
    let early = {
        let hears = log.events("early");
        Spawn::new((), move |(), cx| {
            cx.subscriber(topic!(Say(1, _))).named("ears").on(EventKinds::MESSAGE, hears);
            cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.delete("ears"));
        })
    };
    let mut stage = Stage::new([early]);
    stage.send(Say(1, "to early"))?;
    stage.go(1)?;
    stage.send(Say(1, "to nobody"))?;
    stage.spawn(log.watcher("late", Role::subscriber(topic!(Say(1, _)))))?;
    stage.send(Say(1, "to late"))?;
    assert_eq!(log.lines(), ["early: to early", "late settled, 0", "late: to late"]);
    Ok(())
}

/// A VM that reports how many messages it has dropped.
struct Counting(VirtualMachine, Log);

impl Actor for Counting {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        self.0.handle(event, actions)?;
        self.1.add(self.0.dropped());
        Ok(())
    }
}

/// How many of these messages about 1 are dropped by a VM that has an endpoint with this role.
fn dropped(role: Role, orientation: Orientation) -> anyhow::Result<Option<String>> {
    let log = Log::default();
    let sender = Spawn::new((), move |(), cx| match orientation {
        Orientation::Publisher => cx.send(Say(1, "x")),
        Orientation::Subscriber => cx.send_feedback(Say(1, "x")),
    });
    let vm = VirtualMachine::nested([Log::default().watcher("a", role), sender]);
    run([Spawn::actor(Counting(vm, log.clone()))])?;
    Ok(log.lines().pop())
}

#[test]
fn s05_a_message_that_no_participant_took_is_counted() -> anyhow::Result<()> {
    let subscriber = || Role::subscriber(topic!(Say(1, _)));
    let publisher = || Role::publisher(topic!(Say(1, _)));
    let cases = [
        (subscriber(), Orientation::Publisher, "0"),
        (subscriber().with_interest(Interest::Observer), Orientation::Publisher, "1"),
        (subscriber().with_interest(Interest::Everything), Orientation::Publisher, "1"),
        (Role::subscriber(topic!(Say(2, _))), Orientation::Publisher, "1"),
        (publisher(), Orientation::Publisher, "1"),
        (publisher(), Orientation::Subscriber, "0"),
        (subscriber(), Orientation::Subscriber, "1"),
    ];
    for (role, orientation, expected) in cases {
        let counted = dropped(role.clone(), orientation)?;
        assert_eq!(counted.as_deref(), Some(expected), "{role:?}, sent as {orientation:?}");
    }
    Ok(())
}

#[test]
fn s05_a_message_that_no_participant_took_is_traced() {
    let ((), lines) = with_traces(|| {
        let lines = trace(|log| {
            [
                log.watcher("a", Role::subscriber(topic!(Say(1, _)))),
                speaker(1, ["taken"]),
                speaker(2, ["not taken"]),
            ]
        });
        assert_eq!(lines, ["a settled, 0", "a: taken"]);
    });
    let dropped: Vec<_> = lines.iter().filter(|line| line.contains("message dropped")).collect();
    assert_eq!(dropped.len(), 1);
    assert!(dropped[0].contains("Say(2, \"not taken\")"), "{dropped:?}");
}

#[test]
fn s05_a_participant_that_handles_no_messages_has_taken_it_all_the_same() -> anyhow::Result<()> {
    let log = Log::default();
    let deaf = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Say(1, _)));
    });
    let vm = VirtualMachine::nested([deaf, speaker(1, ["x"])]);
    run([Spawn::actor(Counting(vm, log.clone()))])?;
    let counted = log.lines().pop().context("the VM has taken turns")?;
    assert_eq!(counted, "0");
    Ok(())
}

#[test]
fn s05_a_message_needs_no_endpoint_of_its_senders() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([log.watcher("a", Role::subscriber(topic!(Say(1, _))))]);
    stage.spawn(speaker(1, ["x"]))?;
    assert_eq!(log.lines(), ["a settled, 0", "a: x"]);
    Ok(())
}
