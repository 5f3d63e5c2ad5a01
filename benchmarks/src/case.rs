//! What is measured: a case has subjects, ours the first, each of them a small function.

mod chat;
mod dns;
mod fan_out;
mod flood;
mod levels;
mod memory;
mod pending_timers;
mod ping_pong;
mod presence;
mod routing;
mod spawn;
mod tcp;
mod threads;
mod timers;
mod udp;

use anyhow::Context;

use crate::figure::Figure;
use crate::program::Program;

/// Every case, in the order in which they run.
pub(crate) const CASES: &[&Case] = &[
    &ping_pong::CASE,
    &flood::CASE,
    &fan_out::CASE,
    &routing::CASE,
    &presence::CASE,
    &levels::CASE,
    &spawn::CASE,
    &memory::CASE,
    &tcp::echo::CASE,
    &tcp::bulk::CASE,
    &tcp::idle::CASE,
    &tcp::connect::CASE,
    &udp::CASE,
    &timers::CASE,
    &pending_timers::CASE,
    &chat::CASE,
    &dns::CASE,
    &threads::crossing::CASE,
    &threads::rooms::CASE,
    &threads::chat::CASE,
];

/// One question, asked of several subjects.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// What varies, and the values it takes. A case that varies nothing has the one value 0.
    pub(crate) parameter: &'static str,
    pub(crate) values: &'static [u64],
    /// How often everything is measured, time allowing.
    pub(crate) rounds: usize,
    /// Ours first: the others are compared with it.
    pub(crate) subjects: &'static [Subject],
}

/// Something that is measured.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// Measures once, with a value of the parameter, in a process of its own.
    pub(crate) run: fn(u64) -> anyhow::Result<Vec<Figure>>,
    /// The largest value that it is measured with, where it takes too long beyond.
    pub(crate) most: u64,
    /// What has to be installed for it; else it is left out.
    pub(crate) needs: &'static [Program],
}

impl Subject {
    /// A subject of that name.
    pub(crate) const fn new(name: &'static str, run: fn(u64) -> anyhow::Result<Vec<Figure>>) -> Self {
        Self { name, run, most: u64::MAX, needs: &[] }
    }

    /// The same, measured only with values up to `most`.
    pub(crate) const fn up_to(self, most: u64) -> Self {
        Self { most, ..self }
    }

    /// The same, measured only where these are installed.
    pub(crate) const fn needs(self, needs: &'static [Program]) -> Self {
        Self { needs, ..self }
    }

    /// The first of what it needs that is not installed.
    pub(crate) fn missing(&self) -> Option<&'static Program> {
        self.needs.iter().find(|program| program.path().is_none())
    }
}

/// The case of that name.
pub(crate) fn find(name: &str) -> anyhow::Result<&'static Case> {
    let mut cases = CASES.iter().copied();
    cases
        .find(|case| case.name == name)
        .with_context(|| format!("there is no case `{name}`; `cargo xtask bench --list` names them"))
}

impl Case {
    /// The subject of that name.
    pub(crate) fn subject(&self, name: &str) -> anyhow::Result<&'static Subject> {
        let mut subjects = self.subjects.iter();
        subjects.find(|subject| subject.name == name).with_context(|| format!("there is no subject `{name}`"))
    }
}
