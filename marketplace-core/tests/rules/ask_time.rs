//! Questions with a time-out.

use std::time::Duration;

use anyhow::bail;
use marketplace_core::{Child, Ground, Reply, Spawn, Strategy, Supervisor, topic};
use marketplace_testing::Clock;

use crate::support::{Get, Go, Log, Stage, ask, reply_with, run, show};

const SECOND: Duration = Duration::from_secs(1);

/// Asks with a time-out of a second, once for the first answer and once for all.
fn hasty(log: &Log) -> Spawn {
    let (first, all) = (log.clone(), log.clone());
    Spawn::new((), move |(), cx| {
        cx.ask(Get(1)).within(SECOND).then(move |(), _, outcome| first.add(show(&outcome)));
        cx.ask(Get(2)).within(SECOND).all(move |(), _, outcomes| {
            all.add(format_args!("{:?}", outcomes.iter().map(show).collect::<Vec<_>>()));
        });
    })
}

/// Answers at step 1.
fn slow() -> Spawn {
    Spawn::new(Vec::new(), |_, cx| {
        cx.on_question(topic!(Get(_)), |replies: &mut Vec<Reply<Get>>, _, _, reply| replies.push(reply));
        cx.subscriber(topic!(Go(1)))
            .on_message(|replies, _, _| replies.drain(..).for_each(|reply| reply.send("slow")));
    })
}

fn stage(clock: &Clock, processes: impl IntoIterator<Item = Spawn>) -> anyhow::Result<Stage> {
    let ground = processes.into_iter().fold(Ground::new().with_sleep(clock.sleeper()), Ground::spawn);
    let mut stage = Stage::of(ground);
    stage.rest()?;
    Ok(stage)
}

#[test]
fn an_ask_ends_when_its_time_is_over() -> anyhow::Result<()> {
    for depth in 0..3 {
        let (clock, log) = (Clock::default(), Log::default());
        let processes = (0..depth)
            .fold(vec![slow(), reply_at(2, "quick"), hasty(&log)], |inner, _| vec![Spawn::nested(inner)]);
        let mut stage = stage(&clock, processes)?;
        clock.advance(SECOND / 2);
        stage.rest()?;
        assert!(log.take().is_empty());
        clock.advance(SECOND / 2);
        stage.rest()?;
        assert_eq!(log.take(), ["not within 1s", r#"["not within 1s", "quick"]"#]);
        stage.go(1)?;
        assert!(log.take().is_empty());
        stage.stop()?;
    }
    Ok(())
}

/// Answers at once, but only the question with this number.
fn reply_at(number: u32, word: &'static str) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.on_question(topic!(Get(number)), move |(), _, _, reply| reply.send(word));
    })
}

#[test]
fn an_ask_that_is_over_keeps_no_time() -> anyhow::Result<()> {
    let (clock, log) = (Clock::default(), Log::default());
    let mut stage = stage(&clock, [slow(), hasty(&log)])?;
    assert_eq!(clock.next(), Some(SECOND));
    stage.go(1)?;
    assert_eq!(log.take(), ["slow", r#"["slow"]"#]);
    assert_eq!(clock.next(), None);
    stage.spawn(Spawn::new((), |(), cx| {
        cx.ask(Get(1)).within(SECOND).then(|(), _, _| bail!("it has quit"));
        cx.yield_then(|(), cx| cx.quit());
    }))?;
    assert_eq!(clock.next(), None);
    stage.stop()
}

#[test]
fn an_answer_and_the_end_of_the_time_at_the_same_moment_are_one_outcome() -> anyhow::Result<()> {
    for is_time_first in [true, false] {
        let (clock, log) = (Clock::default(), Log::default());
        let (give, given) = std::sync::mpsc::channel::<Reply<Get>>();
        let answerer = Spawn::new(give, |_, cx| {
            cx.on_question(topic!(Get(_)), |give, _, _, reply| Ok(give.send(reply)?));
        });
        let mut stage = stage(&clock, [answerer, hasty(&log)])?;
        let replies = [given.recv()?, given.recv()?];
        // The ground finds both when it is polled next.
        if is_time_first {
            clock.advance(SECOND);
        }
        replies.into_iter().for_each(|reply| reply.send("in time"));
        clock.advance(if is_time_first { Duration::ZERO } else { SECOND });
        stage.rest()?;
        let expected = match is_time_first {
            true => ["not within 1s", r#"["not within 1s"]"#],
            false => ["in time", r#"["in time"]"#],
        };
        assert_eq!(log.take(), expected);
        clock.advance(SECOND);
        stage.rest()?;
        assert!(log.take().is_empty());
        stage.stop()?;
    }
    Ok(())
}

#[test]
fn an_ask_with_a_time_out_at_a_ground_that_cannot_wait_fails_and_says_what_is_missing() {
    let log = Log::default();
    let ended = log.clone();
    let parent = Spawn::new((), move |(), cx| {
        let asker = Spawn::new((), |(), cx| {
            cx.ask(Get(1)).within(SECOND).then(|(), _, _| ());
        });
        cx.spawn_monitored(
            asker,
            |(), _, _| (),
            move |(), cx, _, reason| {
                ended.add(reason);
                cx.send(Go(1));
            },
        );
    });
    run([slow(), parent]).expect("no main process fails");
    let [reason] = &log.take()[..] else { panic!("one end") };
    assert!(reason.contains("no way to wait for 1s") && reason.contains("Ground::with_sleep"), "{reason}");
}

#[test]
fn an_answer_given_at_once_needs_no_time() -> anyhow::Result<()> {
    let log = Log::default();
    run([reply_with("one"), hasty(&log)])?;
    assert_eq!(log.take(), ["one", r#"["one"]"#]);
    Ok(())
}

#[test]
fn an_ask_has_no_answerer_while_the_answerer_waits_for_its_restart() -> anyhow::Result<()> {
    let (clock, log) = (Clock::default(), Log::default());
    let store = || {
        Spawn::new((), |(), cx| {
            cx.on_question(topic!(Get(_)), |(), _, get, reply| match get.0 {
                0 => bail!("broken"),
                _ => {
                    reply.send("one");
                    Ok(())
                }
            });
        })
    };
    let supervisor = Supervisor::new(Strategy::OneForOne).child(Child::new("store", store));
    let noted = log.clone();
    let asker = Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Go(_))).on_message(move |(), cx, step| ask(cx, step.0, &noted));
    });
    let mut stage = stage(&clock, [supervisor.spawn(), asker])?;
    for _ in 0..3 {
        stage.go(1)?;
        stage.go(0)?;
        stage.go(1)?;
        assert_eq!(log.take(), ["one", "left: broken", "nobody"]);
        clock.advance(Duration::from_secs(10));
        stage.rest()?;
    }
    stage.stop()
}
