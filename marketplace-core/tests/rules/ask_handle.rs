//! Questions from outside the ground.

use std::time::Duration;

use anyhow::{Context as _, bail};
use futures::FutureExt;
use futures::executor::block_on;
use futures::future::BoxFuture;
use marketplace_core::{AskError, Ground, Handle, Question, Reply, Request, Spawn, topic};

use super::fuse::{Deed, Fuse, Poke, Touchy};
use marketplace_testing::Clock;

use crate::support::{Get, Go, Log, Stage, ground, reply_with, show};

const SECOND: Duration = Duration::from_secs(1);

/// Begins to ask for the word of a number.
fn begin(
    stage: &mut Stage,
    number: u32,
) -> anyhow::Result<BoxFuture<'static, Result<&'static str, AskError>>> {
    let mut asking = stage.handle.ask(Get(number)).into_future();
    anyhow::ensure!((&mut asking).now_or_never().is_none(), "only the ground knows");
    stage.rest()?;
    Ok(asking)
}

/// The result of a question, if there is one by now.
fn look(asking: &mut BoxFuture<'static, Result<&'static str, AskError>>) -> Option<String> {
    asking.now_or_never().map(|outcome| show(&outcome))
}

/// Asks a question that has a result at once, and returns the result.
fn ask(stage: &mut Stage, number: u32) -> anyhow::Result<String> {
    look(&mut begin(stage, number)?).context("it is over")
}

/// Answers, declines, fails or waits, depending on the number in the question.
fn moody(log: &Log) -> Spawn {
    let log = log.clone();
    Spawn::new(None, move |_, cx| {
        cx.on_question(topic!(Get(_)), |kept: &mut Option<Reply<Get>>, cx, get, reply| {
            match get.0 {
                0 => reply.send("zero"),
                1 => cx.perform(std::future::ready("one"), |_, _, word| reply.send(word)),
                2 => drop(reply),
                3 => bail!("broken"),
                _ => *kept = Some(reply),
            }
            Ok(())
        });
        cx.subscriber(topic!(Go(1)))
            .on_message(|kept, _, _| kept.take().into_iter().for_each(|reply| reply.send("at last")));
        cx.subscriber(topic!(Go(2))).on_message(move |kept, _, _| {
            log.add(format_args!("wanted: {:?}", kept.as_ref().map(Reply::is_wanted)));
        });
    })
}

#[test]
fn an_ask_from_outside_has_the_outcomes_of_one_inside() -> anyhow::Result<()> {
    let mut stage = Stage::new([moody(&Log::default())]);
    assert_eq!(ask(&mut stage, 0)?, "zero");
    assert_eq!(ask(&mut stage, 1)?, "one");
    assert_eq!(ask(&mut stage, 2)?, "declined");
    let mut asking = begin(&mut stage, 4)?;
    assert_eq!(look(&mut asking), None);
    stage.go(1)?;
    assert_eq!(look(&mut asking), Some("at last".to_owned()));
    assert_eq!(ask(&mut stage, 3)?, "left: broken");
    assert_eq!(ask(&mut stage, 0)?, "nobody");
    stage.stop()
}

#[test]
fn all_can_be_asked_from_outside() -> anyhow::Result<()> {
    let mut stage = Stage::new([reply_with("one"), moody(&Log::default()), reply_with("uno")]);
    let mut asking = stage.handle.ask(Get(2)).all().boxed();
    assert!((&mut asking).now_or_never().is_none());
    stage.rest()?;
    let outcomes = asking.now_or_never().context("it is over")??;
    assert_eq!(outcomes.iter().map(show).collect::<Vec<_>>(), ["one", "declined", "uno"]);
    stage.stop()
}

#[test]
fn an_ask_from_outside_ends_when_its_time_is_over() -> anyhow::Result<()> {
    let clock = Clock::default();
    let mut stage = Stage::of(Ground::new().with_sleep(clock.sleeper()).spawn(moody(&Log::default())));
    stage.rest()?;
    let mut asking = stage.handle.ask(Get(4)).within(SECOND).into_future();
    assert_eq!(look(&mut asking), None);
    stage.rest()?;
    assert_eq!(look(&mut asking), None);
    clock.advance(SECOND);
    stage.rest()?;
    assert_eq!(look(&mut asking), Some("not within 1s".to_owned()));
    assert_eq!(clock.next(), None);
    stage.stop()
}

#[test]
fn an_ask_from_outside_whose_future_is_dropped_is_called_off() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([moody(&log)]);
    let asking = begin(&mut stage, 4)?;
    stage.go(2)?;
    drop(asking);
    stage.rest()?;
    stage.go(2)?;
    assert_eq!(log.take(), ["wanted: Some(true)", "wanted: Some(false)"]);
    let mut never_begun = stage.handle.ask(Get(4)).into_future();
    assert_eq!(look(&mut never_begun), None);
    drop(never_begun);
    // Nothing waits for an answer any more, so nothing keeps the ground running.
    stage.stop()
}

#[test]
fn an_ask_of_a_ground_that_has_ended_or_ends_says_so() -> anyhow::Result<()> {
    let is_told = |outcome| matches!(outcome, Some(Err(AskError::GroundEnded { .. })));
    let mute = || {
        Spawn::new((), |(), cx| {
            cx.subscriber(Request::topic(topic!(Get(_))));
        })
    };
    let mut stage = Stage::new([mute()]);
    let weak = stage.handle.weak();
    let mut asking = begin(&mut stage, 1)?;
    stage.stop()?;
    assert!(is_told((&mut asking).now_or_never()));
    assert!(is_told(weak.ask(Get(1)).into_future().now_or_never()));

    // Dropped while the future runs.
    let mut stage = Stage::new([moody(&Log::default())]);
    let mut asking = begin(&mut stage, 4)?;
    drop(stage);
    assert!(is_told((&mut asking).now_or_never()));
    // Dropped before the future has run.
    let program = ground([mute()]);
    let mut asking = program.handle().ask(Get(1)).into_future();
    assert!((&mut asking).now_or_never().is_none());
    drop(program);
    assert!(is_told((&mut asking).now_or_never()));
    Ok(())
}

#[test]
fn an_ask_keeps_the_ground_as_its_handle_does() -> anyhow::Result<()> {
    for is_strong in [true, false] {
        let mute = Spawn::new((), |(), cx| {
            cx.subscriber(Request::topic(topic!(Get(_))));
        });
        let mut stage = Stage::new([mute]);
        let strong = stage.handle.clone();
        stage.handle = if is_strong { strong.clone() } else { strong.weak() };
        let asking = begin(&mut stage, 1)?;
        stage.handle = strong.weak();
        drop(strong);
        assert_eq!(stage.settle().is_pending(), is_strong);
        drop(asking);
        assert!(stage.settle().is_ready() || !is_strong);
    }
    Ok(())
}

#[test]
fn an_ask_from_outside_that_fails_says_why() -> anyhow::Result<()> {
    let mut stage = Stage::new([moody(&Log::default())]);
    let mut asking = stage.handle.ask(Get(4)).within(SECOND).into_future();
    assert_eq!(look(&mut asking), None);
    stage.rest()?;
    let outcome = asking.now_or_never().context("it is over")?;
    let Err(AskError::Failed { reason, .. }) = outcome else { bail!("no failure: {outcome:?}") };
    assert!(reason.to_string().contains("Ground::with_sleep"), "{reason}");

    let fuse = Fuse::default();
    let mut asking = stage.handle.ask(Poke(Touchy::new(1, &fuse))).into_future();
    assert!((&mut asking).now_or_never().is_none());
    fuse.light(Deed::Clone);
    stage.rest()?;
    let Some(Err(AskError::Failed { reason, .. })) = asking.now_or_never() else { bail!("no failure") };
    assert_eq!(reason.to_string(), "panic: Clone");
    stage.stop()
}

#[test]
fn many_threads_ask_and_each_gets_its_own_answer() -> anyhow::Result<()> {
    #[derive(Debug, marketplace_core::Message)]
    struct Double(u32);

    impl Question for Double {
        type Answer = u32;
    }

    let calculator = Spawn::new((), |(), cx| {
        cx.on_question(topic!(Double(_)), |(), cx, double, reply| {
            let doubled = 2 * double.0;
            match double.0 % 2 {
                0 => reply.send(doubled),
                _ => cx.perform(std::future::ready(doubled), |(), _, doubled| reply.send(doubled)),
            }
        });
    });
    let program = ground([calculator]);
    let threads: Vec<_> = (0..4)
        .map(|thread: u32| {
            let handle: Handle = program.handle();
            std::thread::spawn(move || {
                block_on(async {
                    for number in thread * 100..thread * 100 + 100 {
                        anyhow::ensure!(handle.ask(Double(number)).await? == 2 * number);
                    }
                    Ok(())
                })
            })
        })
        .collect();
    block_on(program.run())?;
    for thread in threads {
        let Ok(outcome) = thread.join() else { bail!("it panicked") };
        outcome?;
    }
    Ok(())
}

#[test]
fn an_ask_that_is_dropped_while_the_ground_is_behind_leaves_no_asker() -> anyhow::Result<()> {
    let mut stage = Stage::of(ground([moody(&Log::default())]));
    for _ in 0..100 {
        let mut asking = stage.handle.ask(Get(4)).into_future();
        assert!((&mut asking).now_or_never().is_none(), "the ground has not run yet");
    }
    stage.rest()?;
    let snapshot = stage.snapshot()?;
    assert!(!snapshot.to_string().contains("asker"), "{snapshot}");
    stage.stop()
}
