//! A question that has its result leaves nothing behind, and users' types in it do no harm to other processes.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use anyhow::bail;
use futures::FutureExt;
use marketplace_core::{Counters, Ground, Message, Question, Reply, Request, Spawn, ask_relay, topic};

use super::fuse::{Deed, Fuse, Poke, Touchy, pokes};
use marketplace_testing::Clock;

use crate::support::{Go, Log, Stage, run};

const SECOND: Duration = Duration::from_secs(1);

/// A question with a token, which is also the answer. The token's count shows whether anything still holds either.
#[derive(Message)]
struct Count(u32, #[message(skip)] Arc<()>);

impl Question for Count {
    type Answer = Arc<()>;
}

impl fmt::Debug for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Count({})", self.0)
    }
}

fn counters(stage: &mut Stage) -> anyhow::Result<Counters> {
    let mut handle = stage.handle.clone();
    let mut looking = async move { handle.counters().await }.boxed();
    for _ in 0..10 {
        if let Some(counters) = (&mut looking).now_or_never() {
            return Ok(counters?);
        }
        stage.rest()?;
    }
    bail!("the ground does not tell")
}

/// Answers in one of several ways, depending on the number in the question.
fn manifold() -> Spawn {
    Spawn::new(Vec::new(), |_, cx| {
        cx.on_question(topic!(Count(..)), |kept: &mut Vec<Reply<Count>>, cx, asked, reply| {
            let token = Arc::clone(&asked.1);
            match asked.0 {
                0 => reply.send(token),
                1 => drop(reply),
                2 => cx.perform(std::future::ready(token), |_, _, token| reply.send(token)),
                _ => kept.push(reply),
            }
        });
        cx.subscriber(topic!(Go(1))).on_message(|kept, _, _| kept.retain(Reply::is_wanted));
    })
}

/// Asks in every way.
fn inquisitive(token: Arc<()>) -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Go(2))).named("ears").on_message(move |(), cx, _| {
            let count = |number| Count(number, Arc::clone(&token));
            for number in 0..4 {
                cx.ask(count(number)).within(SECOND).then(|(), _, _| ());
                cx.ask(count(number)).within(SECOND).all(|(), _, _| ());
            }
            let called_off = cx.ask(count(3)).then(|(), _, _| ());
            cx.yield_then(move |(), cx| cx.delete(called_off));
        });
    })
}

#[test]
fn nothing_is_left_of_asks_that_are_over() -> anyhow::Result<()> {
    for relays in 0..3 {
        let (clock, token) = (Clock::default(), Arc::new(()));
        let asker = inquisitive(Arc::clone(&token));
        let asker = (0..relays).fold(asker, |inner, _| {
            let steps = Spawn::new((), |(), cx| {
                cx.meta().subscriber(topic!(Go(2))).on_message(|(), cx, _| cx.send(Go(2)));
            });
            Spawn::nested([ask_relay(topic!(Count(..))), steps, inner])
        });
        let ground =
            [manifold(), asker].into_iter().fold(Ground::new().with_sleep(clock.sleeper()), Ground::spawn);
        let mut stage = Stage::of(ground);
        stage.rest()?;
        let before = counters(&mut stage)?;
        let held = Arc::strong_count(&token);
        for _ in 0..50 {
            stage.go(2)?;
            assert!(Arc::strong_count(&token) > held, "some are not over yet");
            clock.advance(SECOND);
            stage.rest()?;
            stage.go(1)?;
            assert_eq!(Arc::strong_count(&token), held);
            let after = counters(&mut stage)?;
            assert_eq!(
                (after.endpoints, after.processes, after.pending),
                (before.endpoints, before.processes, 0)
            );
            assert_eq!((after.crashes, after.dropped), (before.crashes, before.dropped), "{relays} relays");
            assert_eq!(clock.next(), None);
        }
    }
    Ok(())
}

impl Question for Poke {
    type Answer = Touchy;
}

/// Asks with the fuse lit. Logs the result of the question, and the end of the asker.
fn asker(fuse: &Fuse, light: Option<Deed>, log: &Log) -> Spawn {
    let (fuse, told, ended) = (fuse.clone(), log.clone(), log.clone());
    Spawn::new((), move |(), cx| {
        let asker = Spawn::new((), move |(), cx| {
            cx.yield_then(move |(), cx| {
                light.into_iter().for_each(|deed| fuse.light(deed));
                cx.ask(Poke(Touchy::new(1, &fuse))).then(move |(), cx, outcome| {
                    match outcome {
                        Ok(_) => told.add("answered"),
                        Err(error) => told.add(format_args!("{:#}", anyhow::anyhow!(error))),
                    }
                    cx.quit();
                });
            });
        });
        cx.spawn_monitored(
            asker,
            |(), _, _| (),
            move |(), _, _, reason| ended.add(format_args!("ended: {reason}")),
        );
    })
}

/// Lights the fuse of the question, and answers.
fn answerer(mut light: Option<Deed>, fuse: &Fuse) -> Spawn {
    let fuse = fuse.clone();
    Spawn::new((), move |(), cx| {
        cx.on_question(pokes(1, &Fuse::default()), move |(), _, _, reply| {
            light.take().into_iter().for_each(|deed| fuse.light(deed));
            reply.send(Touchy::new(2, &Fuse::default()));
        });
    })
}

#[test]
fn s02_a_question_that_panics_as_it_is_asked_fails_the_asker_alone() -> anyhow::Result<()> {
    for deed in [Deed::Hash, Deed::Clone] {
        let (fuse, log) = (Fuse::default(), Log::default());
        let mut stage = Stage::new([answerer(None, &fuse), asker(&fuse, Some(deed), &log)]);
        assert!(!fuse.is_lit());
        assert_eq!(log.take(), [format!("ended: panic: {deed:?}")]);
        stage.spawn(asker(&fuse, None, &log))?;
        assert_eq!(log.take(), ["answered", "ended: normal"]);
        stage.stop()?;
    }
    Ok(())
}

/// Fills the tables with questions, so that the tables hash instead of comparing.
fn neighbours() -> Spawn {
    Spawn::new((), |(), cx| {
        for number in 100..110 {
            cx.subscriber(Request::topic(pokes(number, &Fuse::default())));
            cx.ask(Poke(Touchy::new(number, &Fuse::default()))).then(|(), _, _| ());
        }
    })
}

#[test]
fn s02_a_question_that_panics_as_it_is_answered_fails_the_answerer_and_the_asker_is_told()
-> anyhow::Result<()> {
    for deed in [Deed::Hash, Deed::Eq] {
        let (fuse, log) = (Fuse::default(), Log::default());
        let mut stage = Stage::new([answerer(Some(deed), &fuse), neighbours(), asker(&fuse, None, &log)]);
        assert!(!fuse.is_lit());
        let lines = log.take();
        let [outcome, end] = &lines[..] else { panic!("an outcome and an end: {lines:?}") };
        assert!(outcome.ends_with(&format!("left before it answered: panic: {deed:?}")), "{outcome}");
        assert_eq!(end, "ended: normal");
        stage.spawn(answerer(None, &fuse))?;
        stage.spawn(asker(&fuse, None, &log))?;
        assert_eq!(log.take(), ["answered", "ended: normal"]);
        stage.stop()?;
    }
    Ok(())
}

#[test]
fn s02_answers_and_questions_that_panic_as_they_are_dropped_harm_nobody_else() -> anyhow::Result<()> {
    let (fuse, log) = (Fuse::default(), Log::default());
    let answerers = [false, true].map(|is_prompt| {
        let fuse = fuse.clone();
        Spawn::new(Vec::new(), move |_, cx| {
            cx.on_question(topic!(Poke(_)), move |kept: &mut Vec<Reply<Poke>>, _, _, reply| {
                if is_prompt {
                    reply.send(Touchy::new(2, &fuse));
                } else {
                    kept.push(reply);
                }
            });
        })
    });
    let asked = fuse.clone();
    let asker_of_all = Spawn::new((), move |(), cx| {
        for _ in 0..2 {
            let held = Touchy::new(3, &asked);
            cx.ask(Poke(Touchy::new(1, &asked))).all(move |(), _, _| drop(held));
        }
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.quit());
    });
    let mut stage = Stage::new(answerers.into_iter().chain([asker_of_all]));
    fuse.light_for_ever(Deed::Drop);
    stage.go(1)?;
    fuse.light(Deed::Debug);
    assert_eq!(counters(&mut stage)?.processes, 3, "the ground's own, and the answerers");
    stage.spawn(asker(&Fuse::default(), None, &log))?;
    assert_eq!(log.take(), ["answered", "ended: normal"]);
    Ok(())
}

#[test]
fn a_ground_in_which_asks_wait_for_nothing_that_can_happen_ends() -> anyhow::Result<()> {
    let log = Log::default();
    let asker = {
        let log = log.clone();
        Spawn::new(log.epitaph("asker is dropped"), |_, cx| {
            cx.ask(Count(3, Arc::default())).then(|_, _, _| bail!("an answer"));
        })
    };
    // An endpoint that is no answerer takes part without replying.
    let mute = Spawn::new((), |(), cx| {
        cx.subscriber(Request::topic(topic!(Count(..))));
    });
    run([mute, asker])?;
    assert_eq!(log.take(), ["asker is dropped"]);
    Ok(())
}

/// A waker that panics when it wakes.
struct Mad;

impl Wake for Mad {
    fn wake(self: Arc<Self>) {
        panic!("mad waker");
    }
}

#[test]
fn a_waker_that_panics_as_a_reply_is_unwanted_harms_nobody() -> anyhow::Result<()> {
    let log = Log::default();
    let answerer = Spawn::new(Vec::new(), |_, cx| {
        cx.on_question(topic!(Poke(_)), |kept: &mut Vec<Reply<Poke>>, _, _, mut reply| {
            let waker = Waker::from(Arc::new(Mad));
            let polled = pin!(reply.unwanted()).poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
            kept.push(reply);
        })
        .named("answers");
        cx.subscriber(topic!(Go(2))).on_message(|_, cx, _| cx.delete("answers"));
    });
    let brief = Spawn::new((), |(), cx| {
        cx.ask(Poke(Touchy::new(1, &Fuse::default()))).then(|(), _, _| bail!("an outcome"));
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.quit());
    });
    let mut stage = Stage::new([answerer, brief, asker(&Fuse::default(), None, &log)]);
    stage.go(1)?;
    assert!(log.take().is_empty());
    stage.go(2)?;
    let lines = log.take();
    let [outcome, end] = &lines[..] else { bail!("an outcome and an end: {lines:?}") };
    assert!(outcome.ends_with("left before it answered"), "{outcome}");
    assert_eq!(end, "ended: normal");
    assert_eq!(counters(&mut stage)?.crashes, 0);
    stage.stop()
}
