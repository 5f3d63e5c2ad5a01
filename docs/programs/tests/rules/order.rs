//! Order: S3, S4 and S13.

use marketplace_core::{Ground, Message, Spawn, topic};
use marketplace_testing::TestProgram;

#[derive(Debug, Message)]
struct Step(&'static str);

#[test]
fn s03_a_message_that_is_sent_in_a_turn_is_delivered_after_it() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let (reporter, reports) = program.reports();
    let (sender, receiver) = (reporter.clone(), reporter);
    program.spawn(Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Step(_))).on_message(move |(), _, _| receiver.report("received"));
        cx.send(Step("one"));
        sender.report("the turn is over");
    }))?;
    assert_eq!(reports.rest(), ["the turn is over", "received"]);
    Ok(())
}

#[test]
fn s04_the_messages_of_one_turn_stay_together() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut inbox = program.messages(topic!(Step(_)))?;
    let sender = |first, second| {
        Spawn::new((), move |(), cx| {
            cx.send(Step(first));
            cx.send(Step(second));
        })
    };
    let _parent = program.process(move |cx| {
        cx.spawn(sender("a1", "a2"));
        cx.spawn(sender("b1", "b2"));
    })?;
    let steps: Vec<_> = (0..4).map(|_| Ok(inbox.message()?.0)).collect::<anyhow::Result<_>>()?;
    assert_eq!(steps, ["a1", "a2", "b1", "b2"]);
    Ok(())
}

#[test]
fn s13_a_yield_lets_others_take_their_turns_first() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut inbox = program.messages(topic!(Step(_)))?;
    let _parent = program.process(|cx| {
        cx.spawn(Spawn::new((), |(), cx| {
            cx.yield_then(|(), cx| cx.send(Step("after the yield")));
        }));
        cx.spawn(Spawn::new((), |(), cx| cx.send(Step("another process"))));
    })?;
    assert_eq!(inbox.message()?.0, "another process");
    assert_eq!(inbox.message()?.0, "after the yield");
    Ok(())
}
