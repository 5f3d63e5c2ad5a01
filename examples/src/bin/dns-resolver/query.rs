//! A question in flight: a process that asks servers until it has an outcome.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::Message as Packet;
use hickory_proto::rr::Name;
use marketplace_core::{Context, Pattern, Spawn, topic};
use tracing::debug;

use crate::delegation::{Learned, Locate, Servers, Silent};
use crate::errand::{Errand, Manner, NoSocket};
use crate::question::{Finding, Outcome, Question};
use crate::resolution::{Next, Resolution};

/// Time-outs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For the answer of one server, before another one is asked.
    pub(crate) server: Duration,
    /// For all of them, before the outcome is a failure.
    pub(crate) question: Duration,
}

struct Query {
    question: Question,
    servers: Servers,
    patience: Patience,
    resolution: Resolution,
}

/// Keeps a query for each question with demand for its finding.
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
    let query = Query { question, servers, patience, resolution };
    Spawn::new(query, |query, cx| {
        cx.publisher(topic!(Finding { question: &query.question, .. }));
        cx.sleep_then(query.patience.question, |query, cx| {
            debug!(question = %query.question, "no time left");
            query.end(cx, Outcome::failure());
        });
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

    fn locate(&self, cx: &mut Context<'_, Self>, name: Name) {
        cx.ask(Locate { name }).then(|query: &mut Self, cx, delegation| {
            query.resolution.located(delegation?);
            query.go_on(cx);
            anyhow::Ok(())
        });
    }

    fn ask(&self, cx: &mut Context<'_, Self>, server: SocketAddr, question: Question, manner: Manner) {
        let errand = Errand { server, question, manner, recursion: self.servers == Servers::Resolvers };
        cx.ask(errand.clone()).within(self.patience.server).then(move |query: &mut Self, cx, response| {
            match response {
                Ok(Ok(packet)) => query.take_up(cx, &errand, &packet),
                // There is no socket for another server either.
                Ok(Err(NoSocket)) => query.end(cx, Outcome::failure()),
                Err(error) => {
                    debug!(question = %query.question, %server, %error, "no answer");
                    query.hear_nothing(cx, server);
                }
            }
        });
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

    fn end(&self, cx: &mut Context<'_, Self>, outcome: Outcome) {
        debug!(question = %self.question, code = %outcome.response_code, "done");
        cx.send(Finding { question: self.question.clone(), outcome: Arc::new(outcome) });
        cx.quit();
    }
}
