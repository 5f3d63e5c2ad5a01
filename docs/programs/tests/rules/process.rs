//! Processes: S1, S2, S10, S11 and S12.

use marketplace_core::{Ground, Message, Reason, Spawn, topic};
use marketplace_testing::TestProgram;

#[derive(Debug, Message)]
struct Said(&'static str);

#[test]
fn s01_a_pid_is_never_used_twice() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let (reporter, pids) = program.reports();
    let parent = program.process(|_| ())?;
    for _ in 0..2 {
        let reporter = reporter.clone();
        parent.run(move |cx| {
            cx.spawn_then(Spawn::new((), |(), cx| cx.quit()), move |(), _, pid| reporter.report(pid))
        })?;
    }
    assert_ne!(pids.next()?, pids.next()?);
    Ok(())
}

#[test]
fn s02_a_turn_that_fails_has_done_nothing() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut inbox = program.subscriber(topic!(Said(_)))?;
    let process = program.process(|cx| {
        cx.publisher(topic!(Said(_)));
    })?;
    inbox.presence()?;
    process.run(|cx| {
        cx.send(Said("never delivered"));
        anyhow::bail!("a failure after sending")
    })?;
    assert_eq!(inbox.absence()?.to_string(), "a failure after sending");
    Ok(())
}

#[test]
fn s02_a_panic_is_a_failure_too() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut inbox = program.subscriber(topic!(Said(_)))?;
    let fragile = Spawn::new((), |(), cx| {
        cx.publisher(topic!(Said(_)));
        cx.yield_then(|(), _| -> () { panic!("out of luck") });
    });
    program.spawn(fragile)?;
    inbox.presence()?;
    assert!(inbox.absence()?.to_string().contains("out of luck"));
    Ok(())
}

#[test]
fn s10_a_child_that_fails_to_boot_has_never_had_endpoints() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut inbox = program.subscriber(topic!(Said(_)))?;
    let failing = Spawn::new((), |(), cx| {
        cx.publisher(topic!(Said(_)));
        Err::<(), _>(anyhow::anyhow!("no configuration"))
    });
    program.spawn(failing)?;
    inbox.nothing()?;
    Ok(())
}

#[test]
fn s11_last_words_arrive_before_the_absence() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut inbox = program.subscriber(topic!(Said(_)))?;
    let process = program.process(|cx| {
        cx.publisher(topic!(Said(_)));
    })?;
    inbox.presence()?;
    process.run(|cx| {
        cx.quit_because(Reason::error(anyhow::anyhow!("disk full")));
        cx.send(Said("last words"));
    })?;
    assert_eq!(inbox.message()?.0, "last words");
    assert_eq!(inbox.absence()?.to_string(), "disk full");
    Ok(())
}

#[test]
fn s12_a_process_that_can_receive_nothing_is_collected() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let before = program.counters()?.processes;
    program.spawn(Spawn::new((), |(), cx| cx.send(Said("and that is all"))))?;
    assert_eq!(program.counters()?.processes, before);
    Ok(())
}
