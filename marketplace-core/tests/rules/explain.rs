//! Explanations: which endpoints receive a message, which ones send it, and why the others do not match (S5, S6,
//! S14).

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use futures::FutureExt;
use marketplace_core::{
    Action, Actions, Actor, Event, Explanation, Location, Message, Pattern, Pid, Spawn, TaskContext,
    VirtualMachine, topic,
};

use crate::support::{Go, Log, Stage, Turn};

#[derive(Debug, Message)]
struct Packet {
    destination: Address,
    text: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Message)]
enum Address {
    Listener { port: u16 },
    Handle(u8),
}

fn to(port: u16) -> PacketPattern {
    topic!(Packet { destination: Address::Listener { port }, .. })
}

/// A process without state, with this name.
fn process(name: &'static str, boot: Turn) -> Spawn {
    Spawn::new((), move |(), cx| boot(cx)).named(name)
}

/// A nested VM that lasts: something can still happen in it, because a process has an endpoint at the meta level (S12).
fn nested<const N: usize>(processes: [Spawn; N]) -> Spawn {
    let keeper = Spawn::new((), |(), cx| _ = cx.meta().subscriber(topic!(Go(_))));
    Spawn::nested(processes.into_iter().chain([keeper]))
}

/// The explanation of a topic at the ground.
fn explain<P>(stage: &mut Stage, topic: P) -> anyhow::Result<Explanation>
where
    P: Pattern<Value: Message<Pattern = P>>,
{
    let mut handle = stage.handle.weak();
    let mut asked = Box::pin(handle.explain(topic));
    assert!(asked.as_mut().now_or_never().is_none(), "the ground has not been polled");
    stage.rest()?;
    Ok(asked.now_or_never().context("the ground does not answer")??)
}

/// The explanation of each endpoint, as text.
fn lines(explanation: &Explanation) -> Vec<String> {
    explanation.to_string().lines().skip(1).map(|line| line.trim_start().to_owned()).collect()
}

#[test]
fn receivers_and_senders_are_named() -> anyhow::Result<()> {
    let mut stage = Stage::new([
        process("server", |cx| _ = cx.subscriber(to(80)).named("ears").on_message(|(), _, _| ())),
        process("client", |cx| _ = cx.publisher(topic!(Packet { .. })).named("mouth")),
    ]);
    let explanation = explain(&mut stage, to(80))?;
    assert_eq!(
        explanation.to_string().lines().collect::<Vec<_>>(),
        [
            "Packet { destination: Listener { port: 80 }, text: _ } (rules::rules::explain::Packet): receivers: 1, senders: 1",
            "  \"ears\" of server (Pid(1)), a subscriber, receives it",
            "  \"mouth\" of client (Pid(2)), a publisher, sends such messages, and does not receive them",
        ]
    );
    assert!(explanation.is_received());
    stage.stop()
}

#[test]
fn endpoints_of_one_orientation_do_not_receive_and_the_explanation_says_why() -> anyhow::Result<()> {
    let mut stage = Stage::new([process("server", |cx| _ = cx.publisher(to(80)).named("ears"))]);
    let explanation = explain(&mut stage, to(80))?;
    assert!(
        explanation.to_string().lines().next().is_some_and(|line| line.ends_with("receivers: 0, senders: 1"))
    );
    assert_eq!(
        lines(&explanation),
        ["\"ears\" of server (Pid(1)), a publisher, sends such messages, and does not receive them"]
    );
    assert!(!explanation.is_received());
    stage.stop()
}

#[test]
fn s05_where_there_are_only_observers_nobody_takes_it() -> anyhow::Result<()> {
    let mut stage = Stage::new([
        process("eye", |cx| _ = cx.observe_publishers(to(80)).named(1).on_message(|(), _, _| ())),
        process("driver", |cx| {
            cx.observe_publishers_everything(to(80)).named(2).on_message(|(), _, _| ());
        }),
        process("guard", |cx| _ = cx.observe_subscribers(to(80)).named(3)),
    ]);
    let explanation = explain(&mut stage, to(80))?;
    let first = explanation.to_string().lines().next().map(str::to_owned).context("a line")?;
    assert!(first.ends_with("receivers: 2 (none is a participant), senders: 1"), "{first}");
    assert_eq!(
        lines(&explanation),
        [
            "1 of eye (Pid(1)), a subscriber that observes, observes it, which does not count as receiving it",
            "2 of driver (Pid(2)), a subscriber that observes everything, observes it, which does not count as receiving it",
            "3 of guard (Pid(3)), a publisher that observes, observes the receivers, and does not receive it",
        ]
    );
    assert!(!explanation.is_received());
    stage.stop()
}

#[test]
fn an_endpoint_without_a_handler_for_messages_is_explained_as_such() -> anyhow::Result<()> {
    let mut stage = Stage::new([
        process("deaf", |cx| _ = cx.subscriber(to(80)).named(1)),
        process("eye", |cx| _ = cx.observe_publishers(to(80)).named(2).on_presence(|(), _, _| ())),
    ]);
    let explanation = explain(&mut stage, to(80))?;
    assert_eq!(
        lines(&explanation),
        [
            "1 of deaf (Pid(1)), a subscriber, receives it, but has no handler for messages",
            "2 of eye (Pid(2)), a subscriber that observes, observes the senders, and has no handler for messages",
        ]
    );
    assert!(explanation.is_received());
    stage.stop()
}

#[test]
fn what_differs_is_named_by_its_field() -> anyhow::Result<()> {
    let mut stage = Stage::new([
        process("other port", |cx| _ = cx.subscriber(to(81)).named("a")),
        process("other kind", |cx| {
            cx.subscriber(topic!(Packet { destination: Address::Handle(1), .. })).named("b");
        }),
        process("other text", |cx| _ = cx.publisher(topic!(Packet { text: "bye", .. })).named("c")),
    ]);
    let explanation =
        explain(&mut stage, topic!(Packet { destination: Address::Listener { port: 80 }, text: "hello" }))?;
    assert_eq!(
        lines(&explanation),
        [
            "\"a\" of other port (Pid(1)), a subscriber, does not match: destination.port: 80 is not 81",
            "\"b\" of other kind (Pid(2)), a subscriber, does not match: destination: Listener is not Handle",
            "\"c\" of other text (Pid(3)), a publisher, does not match: text: \"hello\" is not \"bye\"",
        ]
    );
    assert_eq!(explanation.unmatched().count(), 3);
    stage.stop()
}

#[test]
fn a_type_that_no_endpoint_has_is_reported_as_such() -> anyhow::Result<()> {
    let mut stage = Stage::new([process("server", |cx| _ = cx.subscriber(to(80)))]);
    let explanation = explain(&mut stage, topic!(Address::Handle(1)))?;
    assert!(explanation.endpoints.is_empty());
    assert!(explanation.to_string().ends_with("no endpoint in the program has a topic of this type"));
    stage.stop()
}

#[test]
fn s14_what_is_inside_a_nested_vm_is_said_to_be_there() -> anyhow::Result<()> {
    let inner = process("inner", |cx| _ = cx.subscriber(to(80)).named("ears"));
    let deep = process("deep", |cx| _ = cx.subscriber(to(81)).named("ears"));
    let room = nested([inner, nested([deep])]).named("room");
    let mut stage = Stage::new([room]);
    assert_eq!(
        lines(&explain(&mut stage, to(80))?),
        [
            "\"ears\" of inner (Pid(0)), a subscriber, is in another network: in the nested VM room (Pid(1))",
            "\"ears\" of deep (Pid(0)), a subscriber, is in another network: in the nested VM room (Pid(1)) / Pid(1), \
             and does not match: destination.port: 80 is not 81",
        ]
    );
    stage.stop()
}

#[test]
fn s14_from_inside_a_nested_vm_what_is_around_it_is_said_to_be_there() -> anyhow::Result<()> {
    let log = Log::default();
    let written = log.clone();
    let inner = Spawn::new((), move |(), cx| {
        cx.subscriber(to(80)).named("own").on_message(|(), _, _| ());
        cx.explain(to(80), move |(), _, explanation| {
            lines(&explanation?).iter().for_each(|line| written.add(line));
            Ok(())
        });
    });
    let mut stage = Stage::new([
        process("outer", |cx| _ = cx.subscriber(to(80)).named("far")),
        nested([process("cousin", |cx| _ = cx.subscriber(to(80)).named("beside"))]).named("next door"),
        nested([
            process("near", |cx| _ = cx.publisher(to(80)).named("near")),
            nested([inner.named("inner")]),
        ]),
    ]);
    assert_eq!(
        log.take(),
        [
            "\"own\" of inner (Pid(0)), a subscriber, receives it",
            "\"far\" of outer (Pid(1)), a subscriber, is in another network: in the VM 2 levels further out",
            "\"beside\" of cousin (Pid(0)), a subscriber, is in another network: in another branch of the program, in the VM next door (Pid(2))",
            "\"near\" of near (Pid(0)), a publisher, is in another network: in the containing VM",
        ]
    );
    stage.stop()
}

#[test]
fn s14_an_endpoint_at_the_meta_level_is_in_the_vm_around_and_told_of_once() -> anyhow::Result<()> {
    let mut stage = Stage::new([Spawn::nested([process("relay", |cx| {
        cx.meta().subscriber(to(80)).named("outside").on_message(|(), _, _| ());
        cx.subscriber(to(80)).named("inside").on_message(|(), _, _| ());
    })])
    .named("room")]);
    let explanation = explain(&mut stage, to(80))?;
    assert_eq!(
        lines(&explanation),
        [
            "\"outside\" of relay (Pid(0)), a subscriber, receives it",
            "\"inside\" of relay (Pid(0)), a subscriber, is in another network: in the nested VM room (Pid(1))",
        ]
    );
    let Location::Nested(room) = &explanation.unmatched().next().context("one does not match")?.location
    else {
        anyhow::bail!("it is inside");
    };
    let mut handle = stage.handle.weak();
    let mut asked = Box::pin(handle.snapshot());
    assert!(asked.as_mut().now_or_never().is_none());
    stage.rest()?;
    let snapshot = asked.now_or_never().context("the ground does not answer")??;
    let within = snapshot.explain(&[room[0].pid.clone()], explanation.topic.clone());
    assert_eq!(
        lines(&within),
        [
            "\"inside\" of relay (Pid(0)), a subscriber, receives it",
            "\"outside\" of relay (Pid(0)), a subscriber, is in another network: in the containing VM",
        ]
    );
    stage.stop()
}

#[test]
fn where_there_is_no_ground_the_explanation_is_an_error_that_says_so() -> anyhow::Result<()> {
    let log = Log::default();
    let written = log.clone();
    let asker = Spawn::new((), move |(), cx| {
        cx.explain(to(80), move |(), _, explanation| {
            written.add(explanation.map_or_else(|error| error.to_string(), |_| "explained".to_owned()));
        });
    });
    let mut vm = VirtualMachine::outermost([asker]);
    let mut actions = Actions::new(false);
    vm.handle(Event::Boot { pid: Pid::detached() }, &mut actions)?;
    let Some(Action::Perform(token, task)) = actions.take().pop() else {
        anyhow::bail!("a future is asked for")
    };
    let outcome =
        task.into_future(&TaskContext::default()).now_or_never().context("it is answered at once")?;
    vm.handle(Event::Completed { token, outcome }, &mut actions)?;
    assert_eq!(log.take(), ["no ground runs this process, so there is no snapshot of the program"]);
    Ok(())
}

/// An actor that does not show what is inside it.
struct Opaque(Box<dyn Actor>);

impl Actor for Opaque {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        self.0.handle(event, actions)
    }
}

#[test]
fn in_a_vm_that_is_not_shown_the_explanation_is_an_error_that_says_so() -> anyhow::Result<()> {
    let log = Log::default();
    let written = log.clone();
    let asker = Spawn::new((), move |(), cx| {
        cx.explain(to(80), move |(), _, explanation| {
            written.add(explanation.map_or_else(|error| error.to_string(), |_| "explained".to_owned()));
        });
    });
    Stage::new([nested([asker]).wrap(Opaque)]).stop()?;
    assert_eq!(
        log.take(),
        ["an actor that wraps this VM does not pass on the inspection: see `Actor::inspect`"]
    );
    Ok(())
}

/// How often a value has been formatted.
#[derive(Clone)]
struct Counted(u8, Arc<AtomicUsize>);

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Counted {}

impl std::hash::Hash for Counted {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.fmt(f)
    }
}

#[derive(Debug, Message)]
struct Holds(#[message(leaf)] Counted);

#[test]
fn values_are_shown_only_if_the_explanation_is() -> anyhow::Result<()> {
    let shown = Arc::new(AtomicUsize::new(0));
    let (one, other) = (Counted(1, Arc::clone(&shown)), Counted(2, Arc::clone(&shown)));
    let mut stage =
        Stage::new([Spawn::new((), move |(), cx| _ = cx.subscriber(topic!(Holds(one))).named("a"))]);
    let explanation = explain(&mut stage, topic!(Holds(other)))?;
    assert!(!explanation.is_received());
    assert_eq!(shown.load(Ordering::Relaxed), 0);
    assert_eq!(lines(&explanation), ["\"a\" of Pid(1), a subscriber, does not match: 0: 2 is not 1"]);
    assert!(shown.load(Ordering::Relaxed) > 0);
    stage.stop()
}
