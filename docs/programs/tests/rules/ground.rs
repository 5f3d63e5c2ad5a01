//! The ground: S15, S16 and S18.

use std::time::Instant;

use futures::executor::block_on;
use marketplace_core::{Context, Ground, Message, Spawn, Stopping, topic};
use marketplace_testing::TestProgram;

#[derive(Debug, Message)]
struct Farewell(&'static str);

#[test]
fn s15_run_returns_when_nothing_can_happen_any_more() -> anyhow::Result<()> {
    let quiet = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Farewell(_)));
    });
    block_on(Ground::new().spawn(quiet).run())
}

#[test]
fn s15_the_main_process_decides_how_run_ends() {
    let main = Spawn::new((), |(), _| Err::<(), _>(anyhow::anyhow!("no such file")));
    let outcome = block_on(Ground::new().main(main).run());
    assert_eq!(outcome.map_err(|error| error.to_string()), Err("no such file".to_owned()));
}

/// Never has nothing to do.
fn go_on(cx: &mut Context<'_, ()>) {
    cx.yield_then(|(), cx| go_on(cx));
}

#[test]
fn s16_a_busy_program_can_be_stopped() -> anyhow::Result<()> {
    let program = Ground::new().spawn(Spawn::new((), |(), cx| go_on(cx)));
    let mut handle = program.handle();
    let stop = async move { handle.stop(Instant::now(), async {}).await };
    let (outcome, stopped) = block_on(async { futures::join!(program.run(), stop) });
    stopped?;
    outcome
}

#[test]
fn s18_a_stop_is_a_presence_and_last_words_are_delivered() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let (reporter, reports) = program.reports();
    program.spawn(Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Farewell(_))).on_message(move |(), _, farewell| reporter.report(farewell.0));
    }))?;
    program.spawn(Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Stopping { .. })).on_presence(|(), cx, _| {
            cx.send(Farewell("saved"));
            cx.quit();
        });
    }))?;
    program.ask_to_stop()?;
    assert_eq!(reports.next()?, "saved");
    Ok(())
}
