//! `ideas/turns.md`

use anyhow::ensure;
use marketplace_core::{Context, Ground, Message, Spawn, topic};
use marketplace_testing::TestProgram;

/// Amounts to pay, in cents: all of them or none.
#[derive(Debug, Message)]
struct Payments(#[message(skip)] Vec<u64>);

#[derive(Debug, Message)]
struct Paid {
    cents: u64,
}

fn account(balance: u64) -> Spawn {
    Spawn::new(balance, |_, cx| {
        cx.subscriber(topic!(Payments(_))).on_message(|balance: &mut u64, cx, payments| {
            for cents in &payments.0 {
                ensure!(cents <= balance, "{balance} cents are left, and {cents} are to be paid");
                *balance -= cents;
                cx.send(Paid { cents: *cents });
            }
            Ok(())
        });
    })
}

#[test]
fn a_turn_that_fails_sends_nothing() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(account(100)));
    let mut accounts = program.publisher(topic!(Payments(_)))?;
    let mut paid = program.messages(topic!(Paid { .. }))?;
    accounts.presence()?;

    program.send(Payments(vec![20, 10]))?;
    assert_eq!([paid.message()?.cents, paid.message()?.cents], [20, 10]);

    // The first of these could be paid, the second cannot.
    program.send(Payments(vec![50, 50]))?;
    paid.nothing()?;
    assert_eq!(accounts.absence()?.to_string(), "20 cents are left, and 50 are to be paid");
    Ok(())
}

#[derive(Debug, Message)]
struct Word(&'static str);

#[test]
fn actions_are_performed_in_the_order_in_which_they_were_emitted() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut words = program.messages(topic!(Word(_)))?;
    let _answerer = program.process(|cx| {
        cx.subscriber(topic!(Word("one"))).on_message(|(), cx, _| cx.send(Word("answer")));
    })?;
    let speaker = program.process(|_| {})?;

    speaker.run(|cx| {
        cx.send(Word("one"));
        cx.send(Word("two"));
    })?;
    for expected in ["one", "two", "answer"] {
        assert_eq!(words.message()?.0, expected);
    }
    Ok(())
}

#[derive(Debug, Message)]
struct Sum(u64);

/// Adds up the numbers from `next` to `end`, a thousand in each turn.
fn add_up(cx: &mut Context<'_, u64>, next: u64, end: u64) {
    if next == end {
        cx.yield_then(|sum, cx| cx.send(Sum(*sum)));
        return;
    }
    cx.yield_then(move |sum, cx| {
        let until = end.min(next + 1000);
        *sum += (next..until).sum::<u64>();
        add_up(cx, until, end);
    });
}

#[test]
fn long_work_is_done_in_several_turns() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut sums = program.messages(topic!(Sum(_)))?;
    program.spawn(Spawn::new(0, |_, cx| add_up(cx, 0, 10_000)))?;
    assert_eq!(sums.message()?.0, 49_995_000);
    Ok(())
}
