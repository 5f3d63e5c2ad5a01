//! The cache: it answers questions from memory, and starts queries for the others.
//!
//! It receives datagrams itself, so that a question whose answer is in memory is answered in the same turn. For all other
//! requests, a client process waits.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use driver_tcp_bare::TcpAddress;
use driver_udp::UdpPacket;
use hickory_proto::rr::Name;
use marketplace_core::{Context, Pattern, Spawn, Stopping, topic};
use tracing::{debug, warn};

use crate::answer::{Answer, Sections};
use crate::client::{Return, client};
use crate::datagrams::listen;
use crate::delegation::{Delegation, Learned, Locate, Silent};
use crate::question::{Finding, Outcome, Overload, Question};
use crate::request::Received;
use crate::store::Store;

/// The limits of the cache.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) size: usize,
    /// The maximum number of queries at a time.
    pub(crate) questions: usize,
    /// The number of waiting clients above which no further one should start to wait.
    pub(crate) waiting: usize,
}

struct Cache {
    limits: Limits,
    answers: Store<Question, Arc<Sections>>,
    delegations: Store<Name, Delegation>,
    /// The servers for names of which no nearer zone is known.
    start: Delegation,
    /// Servers that have not answered recently.
    silent: Store<SocketAddr, ()>,
    /// The running queries, each with a number.
    in_flight: HashMap<Question, u64>,
    findings: u64,
    waiting: usize,
}

/// The memory for the servers of zones, in bytes.
const DELEGATIONS: usize = 4 * 1024 * 1024;

/// How many servers that do not answer are remembered, and for how long they are asked last.
const MOST_SILENT: usize = 4096;
const SILENCE: Duration = Duration::from_secs(10);

/// The endpoint that announces overload.
const OVERLOAD: &str = "overload";

/// An empty cache. It receives datagrams on the same port on which the listener accepts connections.
pub(crate) fn cache(start: Delegation, limits: Limits, listener: TcpAddress) -> Spawn {
    let cache = Cache {
        limits,
        answers: Store::new(limits.size),
        delegations: Store::new(DELEGATIONS),
        start,
        silent: Store::new(MOST_SILENT),
        in_flight: HashMap::new(),
        findings: 0,
        waiting: 0,
    };
    Spawn::new(cache, |_, cx| {
        listen(cx, listener, Cache::hear);
        cx.publisher(topic!(Answer { question: _, .. }))
            .on_presence(|cache: &mut Cache, cx, peer| {
                cache.arrive(cx);
                if let Some(question) = peer.conversation.question.value() {
                    cache.answer(cx, question);
                }
            })
            .on_absence(|cache, cx, _, _| cache.depart(cx))
            .on_departure(|cache, cx, peer, _| {
                if let Some(question) = peer.conversation.question.value() {
                    cache.give_up(cx, &question);
                }
            });
        cx.on_question(topic!(Locate { .. }), |cache, _, Locate { name }, reply| {
            reply.send(cache.locate(name))
        });
        cx.subscriber(topic!(Learned { .. }))
            .on_message(|cache, _, Learned { delegation }| cache.learn(delegation));
        cx.subscriber(topic!(Silent { .. }))
            .on_message(|cache, _, Silent { zone, server }| cache.suspect(zone, *server));
        // Without that, no server can be asked any more.
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|cache, cx, _| cache.stop(cx));
    })
    .named("cache")
}

impl Cache {
    /// Answers a datagram, or starts a client that waits for the answer.
    fn hear(&mut self, cx: &mut Context<'_, Self>, packet: &UdpPacket) {
        let back = Return::Datagram(packet.destination.clone(), packet.source.clone());
        match Received::from_bytes(&packet.body) {
            Received::Request(request) => match self.answers.get(&request.question, Instant::now()) {
                Some((sections, age)) => back.answer(cx, &request, sections, age),
                None => cx.spawn(client(request, back)),
            },
            Received::Refused(bytes) => back.send(cx, bytes),
            Received::NoRequest => debug!(?back, "dropped: not a request"),
        }
    }

    /// Counts one more waiting client.
    fn arrive(&mut self, cx: &mut Context<'_, Self>) {
        self.waiting += 1;
        if self.waiting == self.limits.waiting {
            cx.publisher(topic!(Overload {})).named(OVERLOAD);
        }
    }

    /// Counts one waiting client less.
    fn depart(&mut self, cx: &mut Context<'_, Self>) {
        if self.waiting == self.limits.waiting {
            cx.delete(OVERLOAD);
        }
        self.waiting -= 1;
    }

    /// Sends the answer now, or when it is known.
    fn answer(&mut self, cx: &mut Context<'_, Self>, question: Question) {
        if let Some((sections, age)) = self.answers.get(&question, Instant::now()) {
            debug!(%question, "remembered");
            cx.send(Answer { question, sections: Arc::clone(sections), age });
        } else if self.in_flight.contains_key(&question) {
            debug!(%question, "in flight already");
        } else if self.in_flight.len() >= self.limits.questions {
            debug!(%question, "too many questions in flight");
            cx.send(Answer { question, sections: Arc::new(Sections::failure()), age: Duration::ZERO });
        } else {
            self.find(cx, question);
        }
    }

    /// Starts a query, by subscribing to its finding.
    fn find(&mut self, cx: &mut Context<'_, Self>, question: Question) {
        self.findings += 1;
        let number = self.findings;
        let finding = topic!(Finding { question: &question, .. });
        self.in_flight.insert(question, number);
        cx.subscriber(finding)
            .named(number)
            .on_message(move |cache: &mut Self, cx, Finding { question, outcome }| {
                cache.found(cx, question, number, outcome);
            })
            .on_absence(move |cache, cx, peer, _| {
                if let Some(question) = peer.conversation.question.value() {
                    cache.found(cx, &question, number, &Outcome::failure());
                }
            });
    }

    /// Sends the answer, unless it has been sent already.
    fn found(&mut self, cx: &mut Context<'_, Self>, question: &Question, number: u64, outcome: &Outcome) {
        if self.in_flight.get(question) == Some(&number) {
            self.give_up(cx, question);
            let (sections, lifetime) = written(question, outcome);
            let (size, sections) = (sections.size(), Arc::new(sections));
            self.answers.put(question.clone(), Arc::clone(&sections), size, lifetime, Instant::now());
            cx.send(Answer { question: question.clone(), sections, age: Duration::ZERO });
        }
    }

    /// Tells all clients, including later ones, that nothing was found, so that they end.
    fn stop(&mut self, cx: &mut Context<'_, Self>) {
        self.limits.questions = 0;
        let mut in_flight: Vec<_> = self.in_flight.clone().into_iter().collect();
        in_flight.sort_unstable_by_key(|(_, number)| *number);
        for (question, number) in in_flight {
            self.found(cx, &question, number, &Outcome::failure());
        }
    }

    /// Ends a query.
    fn give_up(&mut self, cx: &mut Context<'_, Self>, question: &Question) {
        if let Some(number) = self.in_flight.remove(question) {
            cx.delete(number);
        }
    }

    /// The servers of the nearest known zone that contains a name. Servers that answer come first.
    fn locate(&self, name: &Name) -> Delegation {
        let now = Instant::now();
        let mut delegation = self.nearest(name, now).clone();
        delegation.addresses.sort_by_key(|server| self.silent.get(server, now).is_some());
        delegation
    }

    fn nearest(&self, name: &Name, now: Instant) -> &Delegation {
        let mut zone = name.clone();
        while !zone.is_root() {
            if let Some((delegation, _)) = self.delegations.get(&zone, now) {
                return delegation;
            }
            zone = zone.base_name();
        }
        &self.start
    }

    fn learn(&mut self, delegation: &Delegation) {
        if !delegation.addresses.is_empty() {
            let lifetime = Duration::from_secs(delegation.ttl.into());
            let (zone, size) = (delegation.zone.clone(), delegation.size());
            self.delegations.put(zone, delegation.clone(), size, lifetime, Instant::now());
        }
    }

    /// Records a server that does not answer. If no server of a zone answers, the zone is forgotten, since it may have moved.
    fn suspect(&mut self, zone: &Name, server: SocketAddr) {
        let now = Instant::now();
        self.silent.put(server, (), 1, SILENCE, now);
        let is_silent = |server| self.silent.get(server, now).is_some();
        let delegation = self.delegations.get(zone, now);
        if delegation.is_some_and(|(delegation, _)| delegation.addresses.iter().all(is_silent)) {
            self.delegations.remove(zone);
        }
    }
}

/// The answer for an outcome, and how long to remember it. If it does not fit into a packet, this is a failure.
fn written(question: &Question, outcome: &Outcome) -> (Sections, Duration) {
    match Sections::new(question, outcome) {
        Ok(sections) => (sections, outcome.lifetime(question.record_type)),
        Err(error) => {
            warn!(%question, %error, "the answer cannot be encoded");
            (Sections::failure(), Outcome::failure().lifetime(question.record_type))
        }
    }
}
