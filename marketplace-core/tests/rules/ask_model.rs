//! Random schedules of answerers, answers and time, compared with a slow model of the result of each question.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::bail;
use marketplace_core::{AskError, Context, Ground, Message, Question, Reply, Spawn, topic};
use marketplace_testing::Clock;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{Go, Log, Stage};

/// The question with this number.
#[derive(Debug, Message)]
struct Ask(u32);

impl Question for Ask {
    type Answer = String;
}

/// What happens next. Indices into existing answerers, questions and replies are taken modulo their number.
#[derive(Clone, Debug)]
enum Step {
    /// An answerer appears, which either answers at once or keeps its replies.
    Arrive {
        is_prompt: bool,
    },
    Leave {
        answerer: usize,
        fails: bool,
    },
    Ask {
        wants_all: bool,
        within: Option<u8>,
    },
    GiveUp {
        ask: usize,
    },
    /// An answerer uses a reply that it has kept, or drops it.
    Reply {
        reply: usize,
        declines: bool,
    },
    Pass(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => any::<bool>().prop_map(|is_prompt| Step::Arrive { is_prompt }),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(answerer, fails)| Step::Leave { answerer, fails }),
        3 => (any::<bool>(), proptest::option::of(1..8_u8))
            .prop_map(|(wants_all, within)| Step::Ask { wants_all, within }),
        1 => any::<usize>().prop_map(|ask| Step::GiveUp { ask }),
        4 => (any::<usize>(), any::<bool>()).prop_map(|(reply, declines)| Step::Reply { reply, declines }),
        2 => (1..4_u8).prop_map(Step::Pass),
    ]
}

/// The expected results, worked out from the documentation.
#[derive(Default)]
struct Model {
    now: u32,
    /// The answerers, and whether they answer at once.
    answerers: Vec<(u32, bool)>,
    asks: Vec<Request>,
    /// The kept replies: which answerer has not replied yet to which question.
    kept: Vec<(u32, u32)>,
    /// The results that askers receive in this step.
    told: Vec<String>,
}

struct Request {
    number: u32,
    wants_all: bool,
    until: Option<(u32, u8)>,
    /// The answerers that received the question, and the result from each.
    outcomes: Vec<(u32, Option<Noted>)>,
}

/// An answer or an error, with the number of results before it.
type Noted = (usize, Result<String, String>);

impl Model {
    fn arrive(&mut self, answerer: u32, is_prompt: bool) {
        self.answerers.push((answerer, is_prompt));
    }

    fn leave(&mut self, answerer: u32, reason: &str) {
        self.answerers.retain(|(other, _)| *other != answerer);
        self.kept.retain(|(other, _)| *other != answerer);
        for ask in 0..self.asks.len() {
            self.asks[ask].note(answerer, Err(format!("left: {reason}")));
        }
        self.tell();
    }

    fn ask(&mut self, number: u32, wants_all: bool, within: Option<u8>) {
        let until = within.map(|within| (self.now + u32::from(within), within));
        let outcomes = self.answerers.iter().map(|(answerer, _)| (*answerer, None)).collect();
        let mut asked = Request { number, wants_all, until, outcomes };
        for (answerer, is_prompt) in &self.answerers {
            if *is_prompt {
                asked.note(*answerer, Ok(word(*answerer, number)));
            } else {
                self.kept.push((*answerer, number));
            }
        }
        self.asks.push(asked);
        self.tell();
    }

    fn give_up(&mut self, number: u32) {
        self.asks.retain(|ask| ask.number != number);
    }

    fn reply(&mut self, answerer: u32, number: u32, said: Result<String, String>) {
        self.kept.retain(|kept| *kept != (answerer, number));
        self.asks
            .iter_mut()
            .filter(|ask| ask.number == number)
            .for_each(|ask| ask.note(answerer, said.clone()));
        self.tell();
    }

    fn pass(&mut self, time: u8) {
        self.now += u32::from(time);
        let now = self.now;
        for ask in &mut self.asks {
            if let Some((_, within)) = ask.until.filter(|(until, _)| *until <= now) {
                let waiting: Vec<_> = ask.outcomes.iter().map(|(answerer, _)| *answerer).collect();
                waiting
                    .into_iter()
                    .for_each(|answerer| ask.note(answerer, Err(format!("not within {within}"))));
            }
        }
        self.tell();
    }

    /// Removes the questions that have ended.
    fn tell(&mut self) {
        let (over, open) = std::mem::take(&mut self.asks).into_iter().partition(Request::is_over);
        self.asks = open;
        self.told
            .extend(Vec::<Request>::into_iter(over).map(|ask| format!("{}: {}", ask.number, ask.outcome())));
    }
}

impl Request {
    /// Records the result from an answerer. Only the first one counts.
    fn note(&mut self, answerer: u32, outcome: Result<String, String>) {
        let already = self.outcomes.iter().filter(|(_, outcome)| outcome.is_some()).count();
        if let Some((_, noted @ None)) = self.outcomes.iter_mut().find(|(other, _)| *other == answerer) {
            *noted = Some((already, outcome));
        }
    }

    fn is_over(&self) -> bool {
        let is_answered = |(_, outcome): &(u32, Option<Noted>)| matches!(outcome, Some((_, Ok(_))));
        self.outcomes.iter().all(|(_, outcome)| outcome.is_some())
            || !self.wants_all && self.outcomes.iter().any(is_answered)
    }

    fn outcome(&self) -> String {
        let noted: Vec<_> = self.outcomes.iter().filter_map(|(_, outcome)| outcome.clone()).collect();
        if self.wants_all {
            let all: Vec<_> =
                noted.into_iter().map(|(_, outcome)| outcome.unwrap_or_else(|error| error)).collect();
            return format!("{all:?}");
        }
        let first_answer = noted.iter().filter(|(_, outcome)| outcome.is_ok()).min_by_key(|(at, _)| *at);
        let last = noted.iter().max_by_key(|(at, _)| *at);
        match first_answer.or(last) {
            Some((_, Ok(text) | Err(text))) => text.clone(),
            None => "nobody".to_owned(),
        }
    }
}

/// The answer of an answerer to a question.
fn word(answerer: u32, ask: u32) -> String {
    format!("{answerer} to {ask}")
}

/// The replies that answerers keep. The test uses them.
type Kept = Arc<Mutex<BTreeMap<(u32, u32), Reply<Ask>>>>;

fn answerer(number: u32, is_prompt: bool, kept: &Kept) -> Spawn {
    let kept = Arc::clone(kept);
    Spawn::new((), move |(), cx| {
        cx.on_question(topic!(Ask(_)), move |(), _, ask, reply| {
            if is_prompt {
                reply.send(word(number, ask.0));
            } else {
                kept.lock().unwrap_or_else(PoisonError::into_inner).insert((number, ask.0), reply);
            }
        });
        cx.subscriber(topic!(Go(leaving(number, false)))).on_message(|(), cx, _| cx.quit());
        cx.subscriber(topic!(Go(leaving(number, true)))).on_message(|(), _, _| bail!("broken"));
    })
}

/// The step at which an answerer leaves.
fn leaving(answerer: u32, fails: bool) -> u32 {
    answerer * 2 + u32::from(fails)
}

fn giving_up(ask: u32) -> u32 {
    1_000_000 + ask
}

fn asker(number: u32, wants_all: bool, within: Option<u8>, log: &Log) -> Spawn {
    let log = log.clone();
    Spawn::new((), move |(), cx: &mut Context<'_, ()>| {
        cx.subscriber(topic!(Go(giving_up(number)))).on_message(|(), cx, _| cx.quit());
        let mut ask = cx.ask(Ask(number));
        if let Some(within) = within {
            ask = ask.within(Duration::from_secs(within.into()));
        }
        if wants_all {
            ask.all(move |(), _, outcomes| {
                let outcomes: Vec<_> = outcomes.into_iter().map(show).collect();
                log.add(format_args!("{number}: {outcomes:?}"));
            });
        } else {
            ask.then(move |(), _, outcome| log.add(format_args!("{number}: {}", show(outcome))));
        }
    })
}

fn show(outcome: Result<String, AskError>) -> String {
    outcome.unwrap_or_else(|error| match error {
        AskError::NoAnswerer { .. } => "nobody".to_owned(),
        AskError::Left { reason, .. } => format!("left: {reason}"),
        AskError::Declined { .. } => "declined".to_owned(),
        AskError::TimedOut { within, .. } => format!("not within {}", within.as_secs()),
        other => format!("{other:?}"),
    })
}

/// One of the elements, if there are any.
fn pick<T: Copy>(from: &[T], number: usize) -> Option<T> {
    from.get(number.checked_rem(from.len())?).copied()
}

/// Runs the same steps in a program and in the model, and compares the results that the askers receive after each step.
fn compare(steps: Vec<Step>) -> anyhow::Result<()> {
    let (clock, log, kept) = (Clock::default(), Log::default(), Kept::default());
    let mut stage = Stage::of(Ground::new().with_sleep(clock.sleeper()));
    stage.rest()?;
    let mut model = Model::default();
    for (number, step) in (0_u32..).zip(&steps) {
        match *step {
            Step::Arrive { is_prompt } => {
                model.arrive(number, is_prompt);
                stage.spawn(answerer(number, is_prompt, &kept))?;
            }
            Step::Leave { answerer, fails } => {
                let Some((answerer, _)) = pick(&model.answerers, answerer) else { continue };
                model.leave(answerer, if fails { "broken" } else { "normal" });
                stage.go(leaving(answerer, fails))?;
            }
            Step::Ask { wants_all, within } => {
                model.ask(number, wants_all, within);
                stage.spawn(asker(number, wants_all, within, &log))?;
            }
            Step::GiveUp { ask } => {
                let asks: Vec<_> = model.asks.iter().map(|ask| ask.number).collect();
                let Some(ask) = pick(&asks, ask) else { continue };
                model.give_up(ask);
                stage.go(giving_up(ask))?;
            }
            Step::Reply { reply, declines } => {
                let Some((answerer, ask)) = pick(&model.kept, reply) else { continue };
                let word = word(answerer, ask);
                let said = if declines { Err("declined".to_owned()) } else { Ok(word.clone()) };
                model.reply(answerer, ask, said);
                let reply = kept.lock().unwrap_or_else(PoisonError::into_inner).remove(&(answerer, ask));
                reply.filter(|_| !declines).into_iter().for_each(|reply| reply.send(word.clone()));
                stage.rest()?;
            }
            Step::Pass(time) => {
                model.pass(time);
                clock.advance(Duration::from_secs(time.into()));
                stage.rest()?;
            }
        }
        let (mut told, mut expected) = (log.take(), std::mem::take(&mut model.told));
        told.sort();
        expected.sort();
        anyhow::ensure!(told == expected, "step {number}: {told:?}, not {expected:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_ask_ends_once_with_what_the_model_says(steps in vec(step(), 1..60)) {
        if let Err(error) = compare(steps) {
            return Err(TestCaseError::fail(format!("{error:#}")));
        }
    }
}
