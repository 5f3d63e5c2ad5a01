//! Presence: S6 to S9.

use marketplace_core::{Ground, Message, topic};
use marketplace_testing::TestProgram;

#[derive(Debug, Message)]
struct Job {
    queue: &'static str,
    number: u32,
}

#[test]
fn s06_presence_carries_the_conversation() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut worker = program.subscriber(topic!(Job { queue: "mail", number: _ }))?;
    let _boss = program.process(|cx| {
        cx.publisher(topic!(Job { queue: _, number: 7 }));
    })?;
    assert_eq!(worker.presence()?, topic!(Job { queue: "mail", number: 7 }));
    Ok(())
}

#[test]
fn s06_an_observer_is_not_seen_by_those_it_observes() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut worker = program.subscriber(topic!(Job { .. }))?;
    let mut observer = program.observe_subscribers(topic!(Job { .. }))?;
    observer.presence()?;
    worker.nothing()?;
    Ok(())
}

#[test]
fn s07_each_presence_is_followed_by_one_absence_with_the_reason() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut worker = program.subscriber(topic!(Job { .. }))?;
    let boss = program.process(|cx| {
        cx.publisher(topic!(Job { .. }));
    })?;
    worker.presence()?;
    boss.fail("bankrupt")?;
    assert_eq!(worker.absence()?.to_string(), "bankrupt");
    worker.nothing()?;
    Ok(())
}

#[test]
fn s08_an_update_replaces_handlers_unnoticed() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let (reporter, reports) = program.reports();
    let mut boss = program.publisher(topic!(Job { .. }))?;
    let worker = program.process(|cx| {
        cx.subscriber(topic!(Job { .. })).named("jobs");
    })?;
    boss.presence()?;
    worker.run(move |cx| {
        cx.subscriber(topic!(Job { .. }))
            .named("jobs")
            .on_message(move |(), _, job| reporter.report(job.number));
    })?;
    boss.nothing()?;
    program.send(Job { queue: "mail", number: 8 })?;
    assert_eq!(reports.next()?, 8);
    Ok(())
}

#[test]
fn s09_settled_says_that_all_who_are_present_have_been_reported() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let (reporter, reports) = program.reports();
    let _first = program.process(|cx| {
        cx.publisher(topic!(Job { .. }));
    })?;
    let _worker = program.process(move |cx| {
        cx.subscriber(topic!(Job { .. })).on_settled(move |(), _, peers| reporter.report(peers));
    })?;
    assert_eq!(reports.next()?, 1);
    Ok(())
}
