//! The cases. A case has several subjects, each a small function, the first of which is ours.

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

/// One thing to measure, for several subjects.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// What varies, and its values. A case in which nothing varies has the single value 0.
    pub(crate) parameter: &'static str,
    pub(crate) values: &'static [u64],
    /// How many rounds there are, if there is time for all of them.
    pub(crate) rounds: usize,
    /// How many operations are timed at a value of the parameter.
    pub(crate) operations: fn(u64) -> u64,
    /// What is counted, if the case is counted.
    pub(crate) counting: Option<Counting>,
    /// Our subjects. Every other subject is compared with the first of them.
    pub(crate) ours: &'static [Subject],
    /// The subjects of the others, if they are built.
    pub(crate) others: &'static [Subject],
}

/// For a case that does not use the number of operations.
const FIXED: fn(u64) -> u64 = |_| 0;

/// How much work a subject does.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    /// The value of the parameter.
    pub(crate) value: u64,
    pub(crate) operations: u64,
}

/// How a case is counted: in the measuring process, or in the server only.
pub(crate) struct Counting {
    /// What one operation is.
    pub(crate) operation: &'static str,
    /// Whether a server does the operation. If so, only the server is counted.
    pub(crate) is_of_server: bool,
    pub(crate) at: &'static [Counted],
}

/// What is counted at one value of the parameter.
pub(crate) struct Counted {
    pub(crate) value: u64,
    /// The number of operations of the smaller of the two runs.
    pub(crate) operations: u64,
    pub(crate) tools: &'static [Tool],
    /// Whether our count is kept in the file of counts, and must not grow.
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

    /// Leaves it out of the check, because it takes too long or varies too much.
    pub(crate) const fn unchecked(self) -> Self {
        Self { is_checked: false, ..self }
    }
}

/// Something that is measured.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// Measures once, in a new process.
    pub(crate) run: fn(Size) -> anyhow::Result<Vec<Figure>>,
    /// The largest value that it is measured with. Larger ones would take too long.
    pub(crate) most: u64,
    /// Whether it is counted too. Some subjects take minutes under a counting tool.
    pub(crate) is_counted: bool,
    /// The programs that it needs. If one is not installed, the subject is left out.
    pub(crate) needs: &'static [Program],
}

impl Subject {
    /// A subject with this name.
    pub(crate) const fn new(name: &'static str, run: fn(Size) -> anyhow::Result<Vec<Figure>>) -> Self {
        Self { name, run, most: u64::MAX, is_counted: true, needs: &[] }
    }

    /// Measures it only with values up to `most`.
    pub(crate) const fn up_to(self, most: u64) -> Self {
        Self { most, ..self }
    }

    /// Times it, but does not count it.
    pub(crate) const fn uncounted(self) -> Self {
        Self { is_counted: false, ..self }
    }

    /// Measures it only if these programs are installed.
    pub(crate) const fn needs(self, needs: &'static [Program]) -> Self {
        Self { needs, ..self }
    }

    /// The first program that it needs and that is not installed.
    pub(crate) fn missing(&self) -> Option<&'static Program> {
        self.needs.iter().find(|program| program.path().is_none())
    }
}

/// The case with this name.
pub(crate) fn find(name: &str) -> anyhow::Result<&'static Case> {
    let mut cases = CASES.iter().copied();
    cases
        .find(|case| case.name == name)
        .with_context(|| format!("there is no case `{name}`; `cargo xtask bench --list` lists them"))
}

impl Case {
    /// The subjects, ours first.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = &'static Subject> {
        let others = if cfg!(feature = "others") { self.others } else { &[] };
        self.ours.iter().chain(others)
    }

    /// The subject with this name.
    pub(crate) fn subject(&self, name: &str) -> anyhow::Result<&'static Subject> {
        self.subjects()
            .find(|subject| subject.name == name)
            .with_context(|| format!("there is no subject `{name}`"))
    }
}
