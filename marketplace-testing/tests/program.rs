//! A program that a test moves by hand, or runs.

use std::sync::mpsc;
use std::time::Duration;

use marketplace_core::{DemandMatcher, EventSource, Ground, Message, Role, Spawn, Stopping, topic};
use marketplace_testing::{
    Feed, InboxEvent, Recorder, Reporter, TIMEOUT, TestActor, TestProgram, wait_until,
};

#[derive(Debug, PartialEq, Eq, Message)]
struct Say {
    to: u32,
    #[message(skip)]
    word: &'static str,
}

const HOUR: Duration = Duration::from_secs(3600);

/// Both ways to have a program.
fn programs(ground: impl Fn() -> Ground) -> anyhow::Result<[TestProgram; 2]> {
    Ok([TestProgram::by_hand(ground()), TestProgram::run(ground())?])
}

#[test]
fn an_inbox_sees_presence_messages_and_absence_in_their_order() -> anyhow::Result<()> {
    for program in programs(Ground::new)? {
        let mut inbox = program.subscriber(topic!(Say { to: 1, .. }))?;
        let speaker = program.process(|cx| {
            cx.publisher(topic!(Say { .. }));
        })?;
        speaker.run(|cx| cx.send(Say { to: 1, word: "one" }))?;
        speaker.run(|cx| cx.send(Say { to: 2, word: "two" }))?;
        speaker.fail("hoarse")?;
        assert_eq!(inbox.presence()?, topic!(Say { to: 1, .. }));
        assert_eq!(inbox.message()?.word, "one");
        assert_eq!(inbox.absence()?.to_string(), "hoarse");
        inbox.nothing()?;
    }
    Ok(())
}

#[test]
fn a_dropped_inbox_is_absent() -> anyhow::Result<()> {
    for program in programs(Ground::new)? {
        let mut subscribers = program.observe_subscribers(topic!(Say { .. }))?;
        let inbox = program.subscriber(topic!(Say { to: 1, .. }))?;
        subscribers.presence()?;
        drop(inbox);
        subscribers.absence()?;
    }
    Ok(())
}

#[test]
fn a_closed_inbox_is_absent_once_that_returns() -> anyhow::Result<()> {
    for program in programs(Ground::new)? {
        for vm in [(*program).clone(), program.nested([])?] {
            let mut subscribers = vm.observe_subscribers(topic!(Say { .. }))?;
            for _ in 0..20 {
                let inbox = vm.subscriber(topic!(Say { to: 1, .. }))?;
                subscribers.presence()?;
                inbox.close()?;
                assert!(matches!(subscribers.rest()[..], [InboxEvent::Absence { .. }]));
            }
        }
    }
    Ok(())
}

#[test]
fn what_does_not_come_is_explained() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut inbox = program.subscriber(topic!(Say { to: 1, .. }))?;
    program.send(Say { to: 2, word: "hello" })?;
    let failure = inbox.message().expect_err("nothing has come for it").to_string();
    assert!(failure.contains("the program is at rest, and it did not happen"), "{failure}");
    assert!(failure.contains("a subscriber, receives it"), "what explain says: {failure}");
    assert!(
        failure.contains("is dropped, no participant received it: Say { to: 2"),
        "what happened instead: {failure}"
    );
    Ok(())
}

#[test]
fn what_happens_in_a_program_that_is_not_recorded_is_not_told() -> anyhow::Result<()> {
    let run = TestProgram::run_unrecorded(Ground::new())?;
    for program in [run, TestProgram::by_hand_unrecorded(Ground::new())] {
        let mut inbox = program.subscriber(topic!(Say { to: 1, .. }))?;
        program.send(Say { to: 2, word: "hello" })?;
        program.send(Say { to: 1, word: "hello" })?;
        let failure = inbox.presence().expect_err("a message has come").to_string();
        assert!(failure.contains("a subscriber, receives it"), "what explain says: {failure}");
        assert!(!failure.contains("the last events"), "{failure}");
    }
    Ok(())
}

#[test]
fn another_thing_than_the_one_expected_is_named() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut inbox = program.subscriber(topic!(Say { .. }))?;
    program.send(Say { to: 2, word: "hello" })?;
    let failure = inbox.presence().expect_err("a message has come").to_string();
    assert!(failure.contains("expected a presence, received Say { to: 2, word: \"hello\" }"), "{failure}");
    Ok(())
}

#[test]
fn what_is_wanted_is_found_behind_other_things() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut inbox = program.subscriber(topic!(Say { .. }))?;
    for to in 1..4 {
        program.send(Say { to, word: "hello" })?;
    }
    let third =
        |seen: &InboxEvent<Say>| matches!(seen, InboxEvent::Message(say) if say.to == 3).then_some(());
    inbox.find(third)?;
    assert!(inbox.rest().is_empty());
    Ok(())
}

#[test]
fn time_passes_from_one_moment_to_the_next() -> anyhow::Result<()> {
    /// Says so after an hour, and again after each further one.
    fn chime(cx: &mut marketplace_core::Context<'_, u32>) {
        cx.sleep_then(HOUR, |hours, cx| {
            *hours += 1;
            cx.send(Say { to: *hours, word: "chime" });
            chime(cx);
        });
    }
    let program = TestProgram::by_hand(Ground::new().spawn(Spawn::new(0, |_, cx| chime(cx))));
    let mut chimes = program.subscriber(topic!(Say { .. }))?;
    program.advance(HOUR - Duration::from_nanos(1));
    chimes.nothing()?;
    program.advance(2 * HOUR);
    assert_eq!((chimes.message()?.to, chimes.message()?.to), (1, 2));
    chimes.nothing()?;
    assert_eq!(program.clock().now(), 3 * HOUR - Duration::from_nanos(1));
    assert_eq!(program.clock().next(), Some(Duration::from_nanos(1)));
    assert_eq!(program.clock().waiting(), 1);
    Ok(())
}

/// Says what a source yields, while somebody subscribes.
fn town_crier(source: EventSource) -> Spawn {
    let criers = DemandMatcher::new(move |()| {
        let source = source.clone();
        Some(Spawn::new((), move |(), cx| {
            cx.on_event(&source, |(), cx, word: &&'static str| cx.send(Say { to: 0, word }))
                .on_presence(|(), cx, _| {
                    cx.publisher(topic!(Say { .. }));
                })
                .on_absence(|(), cx, _, _| cx.quit());
        }))
    });
    Spawn::new((), move |(), cx| {
        cx.observe_subscribers(topic!(Say { .. })).match_demand(&criers, |_| Some(()));
    })
}

#[test]
fn a_feed_is_open_while_it_is_wanted_and_yields_what_the_test_sends() -> anyhow::Result<()> {
    let feed = Feed::new("words");
    let program = TestProgram::by_hand(Ground::new().spawn(town_crier(feed.source().clone())));
    assert!(!feed.is_open());
    assert!(feed.send("early").is_err(), "nothing waits in it");
    let mut inbox = program.subscriber(topic!(Say { .. }))?;
    inbox.presence()?;
    assert!(feed.is_open());
    assert_eq!(program.open_sources()?, ["EventSource(words)"]);
    feed.send("hello")?;
    assert_eq!(inbox.message()?.word, "hello");
    feed.end();
    inbox.absence()?;
    assert!(!feed.is_open());
    drop(inbox);
    let mut inbox = program.subscriber(topic!(Say { .. }))?;
    inbox.presence()?;
    assert_eq!(feed.opened(), 2);
    Ok(())
}

#[test]
fn processes_of_a_nested_vm_do_as_they_are_told_and_see_no_other_vm() -> anyhow::Result<()> {
    for program in programs(Ground::new)? {
        let inner = program.nested([])?.nested([])?;
        let mut inside = inner.subscriber(topic!(Say { .. }))?;
        let mut outside = program.subscriber(topic!(Say { .. }))?;
        let speaker = inner.process(|cx| cx.send(Say { to: 1, word: "inside" }))?;
        assert_eq!(inside.message()?.word, "inside");
        speaker.quit()?;
        assert!(speaker.run(|_| ()).is_err(), "it has gone");
        outside.nothing()?;
        program.send(Say { to: 1, word: "outside" })?;
        assert_eq!(outside.message()?.word, "outside");
        inside.nothing()?;
    }
    Ok(())
}

#[test]
fn a_driver_in_a_nested_vm_is_fed_through_the_relay() -> anyhow::Result<()> {
    let feed = Feed::new("words");
    let program = TestProgram::by_hand(Ground::new());
    let inner = program.nested([town_crier(feed.source().clone())])?;
    let mut inbox = inner.subscriber(topic!(Say { .. }))?;
    inbox.presence()?;
    feed.send("hello")?;
    assert_eq!(inbox.message()?.word, "hello");
    drop(inbox);
    program.settle();
    assert!(!feed.is_open());
    Ok(())
}

#[test]
fn a_stop_is_seen_and_waited_for() -> anyhow::Result<()> {
    let stoppable = || {
        Ground::new().spawn(Spawn::new((), |(), cx| {
            cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| cx.quit());
        }))
    };
    for program in programs(stoppable)? {
        program.stop()?;
    }
    Ok(())
}

#[test]
fn what_is_the_tests_own_does_not_keep_a_program_that_stops() -> anyhow::Result<()> {
    for program in programs(Ground::new)? {
        let inner = program.nested([])?.nested([])?;
        let mut heard = inner.subscriber(topic!(Say { .. }))?;
        let bystander = program.process(|_| ())?;
        let speaker = inner.process(|cx| {
            cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| {
                cx.send(Say { to: 1, word: "goodbye" });
                cx.quit();
            });
        })?;
        program.ask_to_stop()?;
        program.outcome()?;
        assert_eq!(heard.message()?.word, "goodbye");
        speaker.ended()?;
        assert!(bystander.run(|_| ()).is_err(), "it has gone with the program");
    }
    Ok(())
}

#[test]
fn a_stop_by_the_tests_clock_drops_what_is_left_when_the_time_has_come() -> anyhow::Result<()> {
    let feed = Feed::<()>::new("endless");
    let source = feed.source().clone();
    let stubborn = Spawn::new((), move |(), cx| {
        cx.on_event(&source, |(), _, ()| ());
    });
    let program = TestProgram::by_hand(Ground::new().spawn(stubborn));
    program.ask_to_stop_within(HOUR)?;
    assert!(!program.has_ended() && feed.is_open());
    let failure = program.outcome().expect_err("somebody does not stop").to_string();
    assert!(failure.contains("the program has not ended"), "{failure}");
    program.advance(HOUR);
    assert!(program.has_ended() && !feed.is_open());
    program.outcome()
}

#[test]
fn the_main_process_error_is_the_outcome() -> anyhow::Result<()> {
    let failing = || Ground::new().main(Spawn::new((), |(), _| anyhow::bail!("broken")));
    for program in programs(failing)? {
        assert_eq!(program.outcome().expect_err("it has failed").to_string(), "broken");
    }
    Ok(())
}

#[test]
fn dropping_a_program_drops_all_there_is_in_it() -> anyhow::Result<()> {
    let feed = Feed::<()>::new("endless");
    for by_hand in [true, false] {
        let source = feed.source().clone();
        let ground = Ground::new().spawn(Spawn::new((), move |(), cx| {
            cx.on_event(&source, |(), _, ()| ());
        }));
        let program = if by_hand { TestProgram::by_hand(ground) } else { TestProgram::run(ground)? };
        wait_until(|| Ok(feed.is_open()))?;
        drop(program);
        assert!(!feed.is_open());
    }
    Ok(())
}

#[test]
fn two_runs_of_one_program_are_recorded_alike() -> anyhow::Result<()> {
    let run = || -> anyhow::Result<Vec<String>> {
        let recorder = Recorder::new();
        let program = TestProgram::by_hand(Ground::new().with_trace(recorder.clone()));
        let mut inbox = program.subscriber(topic!(Say { .. }))?;
        program.send(Say { to: 1, word: "hello" })?;
        inbox.message()?;
        Ok(recorder.take())
    };
    let lines = run()?;
    assert!(lines.iter().any(|line| line.contains("Say { to: 1")), "{lines:#?}");
    assert_eq!(lines, run()?);
    Ok(())
}

#[test]
fn a_nested_vm_can_be_stepped_by_hand() -> anyhow::Result<()> {
    // More turns than a VM takes at a time.
    fn again(cx: &mut marketplace_core::Context<'_, u32>) {
        cx.yield_then(|turns, cx| {
            *turns += 1;
            match *turns {
                1000 => cx.meta().send(Say { to: 1, word: "done" }),
                _ => again(cx),
            }
        });
    }
    let mut vm = TestActor::boot(Spawn::nested([Spawn::new(0, |_, cx| again(cx))]))?;
    let mut steps = 0;
    while let Some(asked) = vm.resume()? {
        steps += 1;
        if !TestActor::sent::<Say>(&asked).is_empty() {
            break;
        }
    }
    assert!(steps > 1, "{steps}");
    assert!(vm.presence(&Role::publisher(topic!(Say { .. })))?.is_empty());
    Ok(())
}

#[test]
fn messages_alone_can_be_looked_at() -> anyhow::Result<()> {
    for program in programs(Ground::new)? {
        let mut messages = program.messages(topic!(Say { .. }))?;
        let speaker = program.process(|cx| {
            cx.publisher(topic!(Say { .. }));
        })?;
        speaker.run(|cx| cx.send(Say { to: 1, word: "one" }))?;
        speaker.quit()?;
        assert_eq!(messages.message()?.word, "one");
        messages.nothing()?;
    }
    Ok(())
}

/// Reports the words that are said to `to`, until the last.
fn reporter(to: u32, reporter: Reporter<&'static str>) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Say { to: to, .. })).on_message(move |(), cx, say| {
            reporter.report(say.word);
            if say.word == "last" {
                cx.quit();
            }
        });
    })
}

#[test]
fn processes_report_to_their_test_until_they_have_gone() -> anyhow::Result<()> {
    for program in programs(Ground::new)? {
        let (reports, reported) = program.reports();
        program.spawn(reporter(1, reports))?;
        // Once it is there.
        let _heard = program.publisher(topic!(Say { to: 1, .. }))?.presence()?;
        for word in ["one", "two", "last"] {
            program.send(Say { to: 1, word })?;
        }
        assert_eq!(reported.next()?, "one");
        assert_eq!(reported.all()?, ["two", "last"]);
        reported.ended()?;
        let failure = reported.next().expect_err("its process has gone").to_string();
        assert!(failure.contains("all reporters have been dropped"), "{failure}");
    }
    Ok(())
}

#[test]
fn a_report_that_does_not_come_is_explained() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let (reports, reported) = program.reports();
    program.spawn(reporter(1, reports))?;
    program.send(Say { to: 2, word: "hello" })?;
    assert!(reported.rest().is_empty());
    let failure = reported.next().expect_err("nothing is said to it").to_string();
    assert!(failure.contains("no report has arrived"), "{failure}");
    assert!(
        failure.contains("is dropped, no participant received it: Say { to: 2"),
        "what happened instead: {failure}"
    );
    program.send(Say { to: 1, word: "hello" })?;
    let failure = reported.ended().expect_err("something is said to it").to_string();
    assert!(failure.contains("received another one"), "{failure}");
    Ok(())
}

#[test]
fn an_order_is_not_waited_for() -> anyhow::Result<()> {
    let program = TestProgram::run(Ground::new())?;
    let (reporter, reports) = program.reports();
    let process = program.process(|_| ())?;
    let (release, released) = mpsc::channel();
    process.start(move |_| {
        reporter.report(released.recv_timeout(TIMEOUT)?);
        Ok(())
    })?;
    release.send("released")?;
    assert_eq!(reports.next()?, "released");
    Ok(())
}

#[test]
fn an_actor_alone_is_told_only_what_it_wants_to_hear() -> anyhow::Result<()> {
    let curious = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Say { .. })).on_presence(|(), cx, _| cx.quit());
        cx.subscriber(topic!(Say { to: 1, .. })).on_settled(|(), cx, peers| {
            if peers > 0 {
                cx.quit();
            }
        });
    });
    let mut curious = TestActor::boot(curious)?;
    assert_eq!(curious.endpoints().len(), 2);
    assert!(curious.message(Say { to: 1, word: "hello" }).is_err(), "it handles no messages");
    assert_eq!(curious.presence(&Role::publisher(topic!(Say { .. })))?.len(), 1, "by one endpoint of two");
    assert!(curious.settled(0)?.is_empty());
    assert_eq!(curious.settled(1)?.len(), 1);
    Ok(())
}
