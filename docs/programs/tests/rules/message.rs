//! Messages: S5 and S17.

use marketplace_core::{Ground, Message, topic};
use marketplace_testing::TestProgram;

#[derive(Debug, Message)]
struct Reading {
    room: &'static str,
    degrees: i32,
}

#[test]
fn s05_a_message_reaches_every_matching_subscriber_once() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut all = program.messages(topic!(Reading { .. }))?;
    let mut kitchen = program.messages(topic!(Reading { room: "kitchen", degrees: _ }))?;
    let mut cellar = program.messages(topic!(Reading { room: "cellar", degrees: _ }))?;
    program.send(Reading { room: "kitchen", degrees: 21 })?;
    program.send(Reading { room: "kitchen", degrees: 22 })?;
    assert_eq!([all.message()?.degrees, all.message()?.degrees], [21, 22]);
    assert_eq!([kitchen.message()?.degrees, kitchen.message()?.degrees], [21, 22]);
    cellar.nothing()?;
    Ok(())
}

#[test]
fn s05_a_message_without_a_receiver_is_counted() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    program.send(Reading { room: "attic", degrees: 30 })?;
    assert_eq!(program.counters()?.dropped, 1);
    assert!(!program.explain(topic!(Reading { room: "attic", degrees: _ }))?.is_received());
    Ok(())
}
