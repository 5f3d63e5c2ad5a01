//! What is measured: a case has subjects, ours the first, each of them a small function.

mod chat;
mod dns;
mod fan_out;
mod flood;
mod inspected;
mod levels;
mod machines;
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
use crate::tool::Tool;

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
    &threads::echo::CASE,
    &threads::link::CASE,
    &threads::link_flood::CASE,
    &threads::link_chat::CASE,
    &inspected::ping_pong::CASE,
    &inspected::echo::CASE,
    &machines::MESSAGES,
    &machines::PRESENCE,
    &machines::SILENCE,
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
    /// How many operations are timed, at a value of the parameter.
    pub(crate) operations: fn(u64) -> u64,
    /// What is counted, if anything is.
    pub(crate) counting: Option<Counting>,
    /// Ours; the rest is compared with the first.
    pub(crate) ours: &'static [Subject],
    /// The others, if they are built.
    pub(crate) others: &'static [Subject],
}

/// Of a case that does always the same, whatever it is told.
const FIXED: fn(u64) -> u64 = |_| 0;

/// How much a subject is to do.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    /// The value of the parameter.
    pub(crate) value: u64,
    pub(crate) operations: u64,
}

/// What is counted of a case: what one operation takes, or a server for it.
pub(crate) struct Counting {
    /// What one operation is.
    pub(crate) operation: &'static str,
    /// Whether that takes place in a server, which is then counted alone.
    pub(crate) is_of_server: bool,
    pub(crate) at: &'static [Counted],
}

/// What is counted at one value of the parameter.
pub(crate) struct Counted {
    pub(crate) value: u64,
    /// The operations of the smaller of two runs.
    pub(crate) operations: u64,
    pub(crate) tools: &'static [Tool],
    /// Whether ours is kept in the file of counts, and may not grow.
    pub(crate) is_checked: bool,
}

impl Counting {
    pub(crate) const fn of_process(operation: &'static str, at: &'static [Counted]) -> Self {
        Self { operation, is_of_server: false, at }
    }

    pub(crate) const fn of_server(operation: &'static str, at: &'static [Counted]) -> Self {
        Self { operation, is_of_server: true, at }
    }
}

impl Counted {
    pub(crate) const fn at(value: u64, operations: u64, tools: &'static [Tool]) -> Self {
        Self { value, operations, tools, is_checked: true }
    }

    /// The same, where it takes too long, or varies too much, to be checked.
    pub(crate) const fn unchecked(self) -> Self {
        Self { is_checked: false, ..self }
    }
}

/// Something that is measured.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// Measures once, in a process of its own.
    pub(crate) run: fn(Size) -> anyhow::Result<Vec<Figure>>,
    /// The largest value that it is measured with, where it takes too long beyond.
    pub(crate) most: u64,
    /// Whether it is counted, too; some take minutes under what counts.
    pub(crate) is_counted: bool,
    /// What has to be installed for it; else it is left out.
    pub(crate) needs: &'static [Program],
}

impl Subject {
    /// A subject of that name.
    pub(crate) const fn new(name: &'static str, run: fn(Size) -> anyhow::Result<Vec<Figure>>) -> Self {
        Self { name, run, most: u64::MAX, is_counted: true, needs: &[] }
    }

    /// The same, measured only with values up to `most`.
    pub(crate) const fn up_to(self, most: u64) -> Self {
        Self { most, ..self }
    }

    /// The same, which is timed alone.
    pub(crate) const fn uncounted(self) -> Self {
        Self { is_counted: false, ..self }
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
    /// What is measured, ours first.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = &'static Subject> {
        let others = if cfg!(feature = "others") { self.others } else { &[] };
        self.ours.iter().chain(others)
    }

    /// The subject of that name.
    pub(crate) fn subject(&self, name: &str) -> anyhow::Result<&'static Subject> {
        self.subjects()
            .find(|subject| subject.name == name)
            .with_context(|| format!("there is no subject `{name}`"))
    }
}
