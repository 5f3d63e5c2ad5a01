//! Finding an answer, as a state machine: what has come goes in, what is to be asked next comes out.

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

/// A question on its way to an answer.
#[derive(Debug)]
pub(crate) struct Resolution {
    servers: Servers,
    /// The first is the question; each further one is for the address of a server of the one before.
    goals: Vec<Goal>,
    steps: usize,
    outcome: Option<Outcome>,
}

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Say where to begin to look for a name, by [`Resolution::located`].
    Locate(Name),
    /// Ask a server; then say what it answers, by [`Resolution::answered`], unless it does not.
    Ask(SocketAddr, Question),
    /// Nothing more.
    Done(Outcome),
}

#[derive(Debug)]
struct Goal {
    /// What is looked for, by the name to which the aliases have led.
    question: Question,
    aliases: Vec<Record>,
    search: Option<Search>,
}

/// The servers that can be asked.
#[derive(Debug)]
struct Search {
    delegation: Delegation,
    tries: VecDeque<SocketAddr>,
    last: Option<SocketAddr>,
}

/// How many times servers are asked, or further ones looked for, for one question.
const MOST_STEPS: usize = 30;

/// How many questions deep the addresses of servers are looked for.
const MOST_GOALS: usize = 8;

/// How often a server is asked that does not answer.
const ROUNDS: usize = 3;

impl Resolution {
    pub(crate) fn new(question: Question, servers: Servers) -> Self {
        Self { servers, goals: vec![Goal::new(question)], steps: 0, outcome: None }
    }

    /// What is to be done next. If a server has been asked and has not answered, others are.
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

    /// Takes up where to begin to look for the name that was to be located.
    pub(crate) fn located(&mut self, delegation: Delegation) {
        if let Some(goal) = self.goals.last_mut() {
            goal.search = Some(Search::new(delegation));
        }
    }

    /// The zone whose servers are asked.
    pub(crate) fn zone(&self) -> Option<&Name> {
        Some(&self.goals.last()?.search.as_ref()?.delegation.zone)
    }

    /// Takes up the response of the server asked last; gives what it tells of the servers of a zone.
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

    /// Looks for the address of a server, unless that is being done already.
    fn descend(&mut self, question: Question) {
        self.steps += 1;
        let is_loop = self.goals.iter().any(|goal| goal.question == question);
        if !is_loop && self.goals.len() < MOST_GOALS {
            self.goals.push(Goal::new(question));
        }
    }

    /// Leaves the last goal unreached.
    fn give_up(&mut self) {
        self.goals.pop();
    }

    /// Goes on with the name that an alias leads to.
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

    /// Reaches the last goal; gives what is known now about the servers that it was for.
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

    /// Does not ask the same server again.
    fn exclude_last(&mut self) {
        self.tries.retain(|server| Some(*server) != self.last);
    }

    /// Takes up the addresses of a server.
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
