//! The cache: it answers what it remembers, and has the rest found out.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hickory_proto::rr::Name;
use marketplace_core::{Context, Pattern, Spawn, Value, topic};
use tracing::{debug, warn};

use crate::delegation::{Delegation, Learned, Locate, Located};
use crate::question::{Answer, Finding, Outcome, Overload, Question};
use crate::store::Store;

/// How much is remembered, in bytes, and done at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) size: usize,
    /// How many questions are found out about at a time.
    pub(crate) questions: usize,
    /// How many may wait for answers before nobody else should begin to.
    pub(crate) waiting: usize,
}

struct Cache {
    limits: Limits,
    answers: Store<Question, Arc<Outcome>>,
    delegations: Store<Name, Delegation>,
    /// Where to look for a name of which nothing nearer is known.
    start: Delegation,
    in_flight: HashSet<Question>,
    waiting: usize,
}

/// Of how many zones the servers are remembered.
const MOST_DELEGATIONS: usize = 10_000;

/// The endpoint that says that there is too much to do.
const OVERLOAD: &str = "overload";

/// The cache, in which nothing is yet.
pub(crate) fn cache(start: Delegation, limits: Limits) -> Spawn {
    let cache = Cache {
        limits,
        answers: Store::new(limits.size),
        delegations: Store::new(MOST_DELEGATIONS),
        start,
        in_flight: HashSet::new(),
        waiting: 0,
    };
    Spawn::new(cache, |_, cx| {
        cx.publisher(topic!(Answer { question: _, .. }))
            .on_presence(|cache: &mut Cache, cx, peer| {
                cache.count(cx, cache.waiting + 1);
                if let Some(question) = peer.conversation.question.value() {
                    cache.answer(cx, question);
                }
            })
            .on_absence(|cache, cx, _, _| cache.count(cx, cache.waiting - 1))
            .on_departure(|cache, cx, peer, _| {
                if let Some(question) = peer.conversation.question.value() {
                    cache.give_up(cx, &question);
                }
            });
        cx.subscriber(topic!(Locate { name: _ })).on_message(|cache, cx, Locate { name }| {
            cx.send(Located { name: name.clone(), delegation: cache.locate(name) });
        });
        cx.subscriber(topic!(Learned { .. }))
            .on_message(|cache, _, Learned { delegation }| cache.learn(delegation));
    })
    .named("cache")
}

impl Cache {
    /// Notes how many wait for answers.
    fn count(&mut self, cx: &mut Context<'_, Self>, waiting: usize) {
        self.waiting = waiting;
        if waiting >= self.limits.waiting {
            cx.publisher(topic!(Overload {})).named(OVERLOAD);
        } else {
            cx.delete(OVERLOAD);
        }
    }

    /// Answers, now or once it is known.
    fn answer(&mut self, cx: &mut Context<'_, Self>, question: Question) {
        if let Some((outcome, age)) = self.answers.get(&question, Instant::now()) {
            let outcome = if age < SECOND { Arc::clone(outcome) } else { Arc::new(outcome.aged(age)) };
            debug!(%question, "remembered");
            cx.send(Answer { question, outcome });
        } else if self.in_flight.contains(&question) {
            debug!(%question, "in flight already");
        } else if self.in_flight.len() >= self.limits.questions {
            warn!(%question, "too many questions in flight");
            cx.send(Answer { question, outcome: Arc::new(Outcome::failure()) });
        } else {
            self.find(cx, question);
        }
    }

    /// Has an answer found out, by demand for the finding.
    fn find(&mut self, cx: &mut Context<'_, Self>, question: Question) {
        self.in_flight.insert(question.clone());
        cx.subscriber(topic!(Finding { question: &question, .. }))
            .named(Value::of(question))
            .on_message(|cache: &mut Self, cx, Finding { question, outcome }| {
                cache.found(cx, question, Arc::clone(outcome));
            })
            .on_absence(|cache, cx, peer, reason| {
                if let Some(question) = peer.conversation.question.value() {
                    debug!(%question, %reason, "the query has gone");
                    cache.found(cx, &question, Arc::new(Outcome::failure()));
                }
            });
    }

    /// Tells what was found, unless that has been done.
    fn found(&mut self, cx: &mut Context<'_, Self>, question: &Question, outcome: Arc<Outcome>) {
        if self.in_flight.remove(question) {
            cx.delete(Value::of(question.clone()));
            let (size, lifetime) = (outcome.size(), outcome.lifetime());
            self.answers.put(question.clone(), Arc::clone(&outcome), size, lifetime, Instant::now());
            cx.send(Answer { question: question.clone(), outcome });
        }
    }

    /// Finds out no further about what nobody waits for any more.
    fn give_up(&mut self, cx: &mut Context<'_, Self>, question: &Question) {
        if self.in_flight.remove(question) {
            cx.delete(Value::of(question.clone()));
        }
    }

    /// The nearest zone around a name of which the servers are known.
    fn locate(&self, name: &Name) -> Delegation {
        let now = Instant::now();
        let mut zone = name.to_lowercase();
        while !zone.is_root() {
            if let Some((delegation, _)) = self.delegations.get(&zone, now) {
                return delegation.clone();
            }
            zone = zone.base_name();
        }
        self.start.clone()
    }

    fn learn(&mut self, delegation: &Delegation) {
        let lifetime = Duration::from_secs(delegation.ttl.into()).min(DAY);
        self.delegations.put(delegation.zone.clone(), delegation.clone(), 1, lifetime, Instant::now());
    }
}

const SECOND: Duration = Duration::from_secs(1);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
