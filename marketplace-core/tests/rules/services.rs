//! Servers that finish by themselves when they are no longer demanded.

use std::collections::VecDeque;

use anyhow::{anyhow, ensure};
use marketplace_core::{Context, Demand, Message, Pattern, ServiceMatcher, Spawn, topic};
use proptest::prelude::*;

use crate::property::check;
use crate::support::{Go, Log, Say, Stage, publisher};

/// The steps at which the servers quit and fail.
const QUIT: u32 = 1000;
const FAIL: u32 = 1001;

/// The step at which the process of the matcher quits.
const STOP: u32 = 1002;

/// A server, which logs when it is made, told to finish, and gone.
fn server(log: &Log, about: u32, demand: Demand) -> Spawn {
    let (state, told) = (log.epitaph("gone"), log.clone());
    log.add(format_args!("made for {about}"));
    Spawn::new(state, move |_, cx| {
        demand.on_end(cx, move |_, _, reason| told.add(format_args!("told: {reason}")));
        cx.subscriber(topic!(Go(QUIT))).on_message(|_, cx, _| cx.quit());
        cx.subscriber(topic!(Go(FAIL))).on_message(|_, _, _| Err(anyhow!("broken")));
    })
}

/// Keeps a server for each number that has a publisher, except for 9.
fn keeper(log: &Log) -> Spawn {
    let log = log.clone();
    Spawn::new((), move |(), cx| {
        let services = ServiceMatcher::new(move |about: &u32, demand| {
            (*about != 9).then(|| server(&log, *about, demand))
        });
        cx.observe_publishers(topic!(Say(..))).match_demand(&services, |peer| peer.conversation.0.value());
        cx.subscriber(topic!(Go(STOP))).on_message(|(), cx, _| cx.quit());
    })
}

#[test]
fn s07_a_server_finishes_when_the_last_has_gone() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([keeper(&log), publisher(1, 1), publisher(1, 2), publisher(2, 3)]);
    assert_eq!(log.take(), ["made for 1", "made for 2"]);
    stage.go(1)?;
    assert!(log.take().is_empty());
    stage.go(2)?;
    assert_eq!(log.take(), ["told: normal"]);
    stage.spawn(publisher(1, 4))?;
    assert!(log.take().is_empty(), "the one that finishes has the key");
    stage.go(QUIT)?;
    assert_eq!(log.take(), ["gone", "made for 1", "gone"], "the other one was for 2");
    Ok(())
}

#[test]
fn s07_a_server_is_told_why_the_last_has_gone() -> anyhow::Result<()> {
    let log = Log::default();
    let broken = Spawn::new((), |(), cx| {
        cx.publisher(topic!(Say(1, _)));
        cx.subscriber(topic!(Go(1))).on_message(|(), _, _| Err(anyhow!("a client broke")));
    });
    let mut stage = Stage::new([keeper(&log), broken]);
    stage.go(1)?;
    assert_eq!(log.take(), ["made for 1", "told: a client broke"]);
    Ok(())
}

#[test]
fn s07_servers_finish_when_their_matcher_goes() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([keeper(&log), publisher(1, 1), publisher(2, 2)]);
    stage.go(STOP)?;
    assert_eq!(log.take(), ["made for 1", "made for 2", "told: normal", "told: normal"]);
    Ok(())
}

#[test]
fn s07_a_service_may_be_declined() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([keeper(&log), publisher(9, 1)]);
    stage.go(1)?;
    stage.spawn(publisher(9, 2))?;
    assert!(log.take().is_empty());
    Ok(())
}

#[test]
fn s09_a_server_that_comes_too_late_to_see_its_demand_go_is_told() -> anyhow::Result<()> {
    let log = Log::default();
    let told = log.clone();
    let late = Spawn::new((), move |(), cx| {
        let services = ServiceMatcher::new(move |(): &(), demand: Demand| {
            let told = told.clone();
            Some(Spawn::new((), move |(), cx| {
                cx.subscriber(topic!(Go(2))).on_message(move |(), cx, _| {
                    let told = told.clone();
                    demand.on_end(cx, move |(), _, reason| told.add(format_args!("told: {reason}")));
                });
            }))
        });
        cx.observe_publishers(topic!(Say(..))).match_demand(&services, |_| Some(()));
    });
    let mut stage = Stage::new([late, publisher(1, 1)]);
    stage.go(1)?;
    stage.go(2)?;
    assert_eq!(log.take(), ["told: normal"]);
    Ok(())
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A client appears, or the oldest client leaves.
    Come,
    Go,
    /// A client leaves and returns in one turn.
    Flap,
    /// The running servers end by themselves.
    Quit,
    Fail,
}

/// The matcher for one key, as its documentation describes it, whenever the program has settled.
#[derive(Default)]
struct Model {
    clients: usize,
    /// Whether there is a server, and whether it has been told to finish.
    server: Option<bool>,
    /// Whether the server has ended while there was demand for it.
    is_ended: bool,
}

impl Model {
    fn step(&mut self, step: Step) {
        match step {
            Step::Come => {
                self.clients += 1;
                if self.clients == 1 && self.server.is_none() {
                    self.server = Some(false);
                }
            }
            Step::Go if self.clients > 0 => {
                self.clients -= 1;
                if self.clients == 0 {
                    self.server = self.server.map(|_| true);
                    self.is_ended = false;
                }
            }
            Step::Flap if self.clients == 1 && self.is_ended => {
                self.is_ended = false;
                self.server = Some(false);
            }
            Step::Quit | Step::Fail if self.server.is_some() => {
                let was_told = self.server.take() == Some(true);
                if self.clients > 0 && was_told {
                    self.server = Some(false);
                }
                self.is_ended = self.clients > 0 && !was_told;
            }
            _ => {}
        }
    }
}

/// Publishes about 1 until a step, and leaves and returns at another.
fn client(number: u32) -> Spawn {
    fn publish(cx: &mut Context<'_, ()>) {
        cx.publisher(topic!(Say(1, _))).named("says");
    }
    Spawn::new((), move |(), cx| {
        publish(cx);
        cx.subscriber(topic!(Go(number))).on_message(|(), cx, _| cx.quit());
        cx.subscriber(topic!(Flap(number))).on_message(|(), cx, _| {
            cx.delete("says");
            publish(cx);
        });
    })
}

/// Makes a client leave and return.
#[derive(Debug, Message)]
#[message(lossy)]
struct Flap(u32);

/// How many servers there are, and how many of them have been told to finish, from what they have logged.
fn servers(lines: &[String]) -> (usize, usize) {
    let count = |start: &str| lines.iter().filter(|line| line.starts_with(start)).count();
    let (made, told, gone) = (count("made"), count("told"), count("gone"));
    (made - gone, told)
}

fn agrees(steps: &[Step]) -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([keeper(&log)]);
    let (mut model, mut clients, mut told_of_gone) = (Model::default(), VecDeque::new(), 0);
    for (at, step) in steps.iter().enumerate() {
        let number = u32::try_from(at)?;
        match step {
            Step::Come => {
                clients.push_back(number);
                stage.spawn(client(number))?;
            }
            Step::Go => clients.pop_front().map_or(Ok(()), |oldest| stage.go(oldest))?,
            Step::Flap => clients.front().map_or(Ok(()), |oldest| stage.send(Flap(*oldest)))?,
            Step::Quit => stage.go(QUIT)?,
            Step::Fail => stage.go(FAIL)?,
        }
        let was_told = model.server == Some(true);
        model.step(*step);
        if was_told && matches!(step, Step::Quit | Step::Fail) {
            told_of_gone += 1;
        }
        let (alive, told) = servers(&log.lines());
        let expected =
            (usize::from(model.server.is_some()), told_of_gone + usize::from(model.server == Some(true)));
        ensure!((alive, told) == expected, "after {at}: {:?} and not {expected:?}", (alive, told));
    }
    Ok(())
}

#[test]
fn s07_services_are_kept_as_the_model_has_it() {
    let step =
        prop_oneof![Just(Step::Come), Just(Step::Go), Just(Step::Flap), Just(Step::Quit), Just(Step::Fail)];
    check(&proptest::collection::vec(step, 1..40), 500, |steps| {
        agrees(&steps).map_err(|error| TestCaseError::fail(format!("{error:#}")))
    });
}
