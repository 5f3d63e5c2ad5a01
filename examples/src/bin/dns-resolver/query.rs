//! A question in flight: a process for each, that asks servers until it knows what comes of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use driver_timer::{SetTimer, TimerExpired};
use hickory_proto::op::Message as Packet;
use hickory_proto::rr::Name;
use marketplace_core::{Context, Pattern, Spawn, Value, topic};
use tracing::debug;

use crate::delegation::{Learned, Locate, Located, Servers, Silent};
use crate::errand::{Errand, Manner, Reply, Response};
use crate::question::{Finding, Outcome, Question};
use crate::resolution::{Next, Resolution};

/// How long to wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For a server's answer, before another is asked.
    pub(crate) server: Duration,
    /// For all of them, before the answer is that there is none.
    pub(crate) question: Duration,
}

struct Query {
    question: Question,
    servers: Servers,
    patience: Patience,
    resolution: Resolution,
    /// Nobody else has this.
    identity: Value,
    /// How many things have been begun. What comes of an earlier one than the last is too late.
    step: u64,
}

/// The endpoint that waits for what was asked for last.
const ANSWER: &str = "answer";

/// The endpoint that waits for the end of the patience with a server.
const TIMEOUT: &str = "timeout";

/// Keeps a query for each question for which a finding is waited for.
pub(crate) fn queries(servers: Servers, patience: Patience) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.observe_subscribers(topic!(Finding { question: _, .. })).for_each_conversation(
            move |conversation| Some(query(conversation.question.value()?, servers, patience)),
        );
    })
    .named("queries")
}

fn query(question: Question, servers: Servers, patience: Patience) -> Spawn {
    let name = format!("query for {question}");
    let resolution = Resolution::new(question.clone(), servers);
    let identity = Value::unique(name.as_str());
    let query = Query { question, servers, patience, resolution, identity, step: 0 };
    Spawn::new(query, |query, cx| {
        cx.publisher(topic!(Finding { question: &query.question, .. }));
        let deadline = query.identity.clone();
        cx.subscriber(topic!(TimerExpired { label: &deadline, .. })).on_message(
            |query: &mut Query, cx, _| {
                debug!(question = %query.question, "no time left");
                query.end(cx, Outcome::failure());
            },
        );
        cx.send(SetTimer::after(deadline, query.patience.question));
        query.go_on(cx);
    })
    .named(name)
}

impl Query {
    fn go_on(&mut self, cx: &mut Context<'_, Self>) {
        match self.resolution.next() {
            Next::Locate(name) => self.locate(cx, name),
            Next::Ask(server, question) => self.ask(cx, server, question, Manner::Udp),
            Next::Done(outcome) => self.end(cx, outcome),
        }
    }

    /// Begins something else; its number.
    fn begin(&mut self, cx: &mut Context<'_, Self>) -> u64 {
        self.step += 1;
        cx.delete(ANSWER);
        cx.delete(TIMEOUT);
        self.step
    }

    fn locate(&mut self, cx: &mut Context<'_, Self>, name: Name) {
        let step = self.begin(cx);
        cx.subscriber(topic!(Located { name: name.clone(), .. })).named(ANSWER).on_message(
            move |query: &mut Self, cx, Located { delegation, .. }| {
                if query.step == step {
                    query.resolution.located(delegation.clone());
                    query.go_on(cx);
                }
            },
        );
        cx.send(Locate { name });
    }

    fn ask(&mut self, cx: &mut Context<'_, Self>, server: SocketAddr, question: Question, manner: Manner) {
        let step = self.begin(cx);
        let id = Value::from((self.identity.clone(), step));
        cx.subscriber(topic!(TimerExpired { label: id.clone(), .. })).named(TIMEOUT).on_message(
            move |query: &mut Self, cx, _| {
                if query.step == step {
                    debug!(question = %query.question, %server, "no answer in time");
                    query.hear_nothing(cx, server);
                }
            },
        );
        cx.send(SetTimer::after(id.clone(), self.patience.server));
        let errand = Errand { id, server, question, manner, recursion: self.servers == Servers::Resolvers };
        cx.subscriber(topic!(Reply { errand, .. })).named(ANSWER).on_message(
            move |query: &mut Self, cx, Reply { errand, response }| {
                if query.step == step {
                    query.hear(cx, errand, response);
                }
            },
        );
    }

    fn hear(&mut self, cx: &mut Context<'_, Self>, errand: &Errand, response: &Response) {
        let packet = match response {
            Response::Packet(packet) => packet,
            Response::Silence => return self.hear_nothing(cx, errand.server),
            // There is none for another server either.
            Response::NoSocket => return self.end(cx, Outcome::failure()),
        };
        self.take_up(cx, errand, packet);
    }

    fn take_up(&mut self, cx: &mut Context<'_, Self>, errand: &Errand, response: &Packet) {
        if let Some(manner) = errand.other_manner(response) {
            return self.ask(cx, errand.server, errand.question.clone(), manner);
        }
        if let Some(delegation) = self.resolution.answered(response) {
            cx.send(Learned { delegation });
        }
        self.go_on(cx);
    }

    fn hear_nothing(&mut self, cx: &mut Context<'_, Self>, server: SocketAddr) {
        if let Some(zone) = self.resolution.zone() {
            cx.send(Silent { zone: zone.clone(), server });
        }
        self.go_on(cx);
    }

    fn end(&mut self, cx: &mut Context<'_, Self>, outcome: Outcome) {
        self.step += 1;
        debug!(question = %self.question, code = %outcome.response_code, "done");
        cx.send(Finding { question: self.question.clone(), outcome: Arc::new(outcome) });
        cx.quit();
    }
}
