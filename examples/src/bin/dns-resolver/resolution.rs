//! The search for an answer, as a state machine: responses go in, the next server to ask comes out.

use std::collections::VecDeque;
use std::net::SocketAddr;

use hickory_proto::op::Message;
use hickory_proto::rr::{Name, Record};

use crate::delegation::{Delegation, Servers};
use crate::hints::address;
use crate::question::{Outcome, Question};
use crate::response::{MOST_ALIASES, MOST_SERVERS, Meaning, interpret};

#[cfg(test)]
mod tests;

/// The search for the answer to a question.
#[derive(Debug)]
pub(crate) struct Resolution {
    servers: Servers,
    /// The first goal is the question; each further one is the address of a server for the goal before.
    goals: Vec<Goal>,
    steps: usize,
    outcome: Option<Outcome>,
}

/// The next step.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Find out where to begin to look for a name, and call [`Resolution::located`].
    Locate(Name),
    /// Ask a server. If it answers, call [`Resolution::answered`].
    Ask(SocketAddr, Question),
    /// Nothing: the search is over.
    Done(Outcome),
}

#[derive(Debug)]
struct Goal {
    /// The question, with the name to which aliases have led.
    question: Question,
    aliases: Vec<Record>,
    search: Option<Search>,
}

/// The servers to ask.
#[derive(Debug)]
struct Search {
    delegation: Delegation,
    tries: VecDeque<SocketAddr>,
    last: Option<SocketAddr>,
}

/// The maximum number of steps for one question: asking a server, or looking for further servers.
const MOST_STEPS: usize = 30;

/// The maximum depth of goals.
const MOST_GOALS: usize = 8;

/// How many times a server that does not answer is asked.
const ROUNDS: usize = 3;

impl Resolution {
    pub(crate) fn new(question: Question, servers: Servers) -> Self {
        Self { servers, goals: vec![Goal::new(question)], steps: 0, outcome: None }
    }

    /// The next step. If the last server has not answered, this is another server.
    pub(crate) fn next(&mut self) -> Next {
        loop {
            if self.steps == MOST_STEPS {
                self.goals.clear();
            }
            let Some(goal) = self.goals.last_mut() else {
                return Next::Done(self.outcome.take().unwrap_or_else(Outcome::failure));
            };
            let Some(search) = &mut goal.search else { return Next::Locate(goal.question.name.clone()) };
            if let Some(server) = search.next() {
                self.steps += 1;
                return Next::Ask(server, goal.question.clone());
            }
            match search.delegation.unknown.pop_front() {
                Some(question) => self.descend(question),
                None => self.give_up(),
            }
        }
    }

    /// Accepts the servers where to begin to look for the name.
    pub(crate) fn located(&mut self, delegation: Delegation) {
        if let Some(goal) = self.goals.last_mut() {
            goal.search = Some(Search::new(delegation));
        }
    }

    /// The zone whose servers are being asked.
    pub(crate) fn zone(&self) -> Option<&Name> {
        Some(&self.goals.last()?.search.as_ref()?.delegation.zone)
    }

    /// Accepts the response of the server that was asked last. Returns the servers of a zone that the response names.
    pub(crate) fn answered(&mut self, response: &Message) -> Option<Delegation> {
        let goal = self.goals.last_mut()?;
        let search = goal.search.as_mut()?;
        match interpret(response, &goal.question, &search.delegation.zone, self.servers) {
            Meaning::Outcome(outcome) => self.reach(outcome),
            Meaning::Referral(delegation) => {
                goal.search = Some(Search::new(delegation.clone()));
                Some(delegation)
            }
            Meaning::Alias(aliases, target) => {
                self.follow(aliases, target);
                None
            }
            Meaning::Nothing => {
                search.exclude_last();
                None
            }
        }
    }

    /// Adds the goal to find the address of a server, unless it exists already.
    fn descend(&mut self, question: Question) {
        self.steps += 1;
        let is_loop = self.goals.iter().any(|goal| goal.question == question);
        if !is_loop && self.goals.len() < MOST_GOALS {
            self.goals.push(Goal::new(question));
        }
    }

    /// Gives up the last goal.
    fn give_up(&mut self) {
        self.goals.pop();
    }

    /// Continues with the name that an alias leads to.
    fn follow(&mut self, aliases: Vec<Record>, target: Name) {
        let Some(goal) = self.goals.last_mut() else { return };
        goal.aliases.extend(aliases);
        let is_loop = goal.aliases.iter().any(|alias| alias.name == target);
        if is_loop || goal.aliases.len() > MOST_ALIASES {
            return self.give_up();
        }
        goal.question.name = target;
        goal.search = None;
    }

    /// Finishes the last goal. Returns what is now known about the servers that it was for.
    fn reach(&mut self, mut outcome: Outcome) -> Option<Delegation> {
        let goal = self.goals.pop()?;
        outcome.answers.splice(0..0, goal.aliases);
        match self.goals.last_mut() {
            None => {
                self.outcome = Some(outcome);
                None
            }
            Some(parent) => parent.search.as_mut()?.learn(&outcome, self.servers),
        }
    }
}

impl Goal {
    const fn new(question: Question) -> Self {
        Self { question, aliases: Vec::new(), search: None }
    }
}

impl Search {
    fn new(delegation: Delegation) -> Self {
        let mut search = Self { delegation, tries: VecDeque::new(), last: None };
        let addresses = search.delegation.addresses.clone();
        search.try_all(&addresses);
        search
    }

    fn next(&mut self) -> Option<SocketAddr> {
        self.last = self.tries.pop_front();
        self.last
    }

    fn try_all(&mut self, addresses: &[SocketAddr]) {
        for _ in 0..ROUNDS {
            self.tries.extend(addresses);
        }
    }

    /// Excludes a server from being asked again.
    fn exclude_last(&mut self) {
        self.tries.retain(|server| Some(*server) != self.last);
    }

    /// Adds the addresses of a server.
    fn learn(&mut self, outcome: &Outcome, servers: Servers) -> Option<Delegation> {
        let Servers::Authorities { port } = servers else { return None };
        let addresses = outcome.answers.iter().filter_map(|record| address(&record.data));
        let addresses = addresses.map(|address| SocketAddr::new(address, port));
        let addresses: Vec<_> = addresses.take(MOST_SERVERS).collect();
        self.try_all(&addresses);
        self.delegation.addresses.extend(addresses);
        let ttl = outcome.answers.iter().map(|record| record.ttl).min()?;
        self.delegation.ttl = self.delegation.ttl.min(ttl);
        Some(self.delegation.clone())
    }
}
