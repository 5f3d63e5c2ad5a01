//! The programs that count what another program does: valgrind's callgrind, and strace.

mod callgrind;
mod strace;

use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::program::Program;

const VALGRIND: Program = Program { name: "valgrind", package: "valgrind" };
const STRACE: Program = Program { name: "strace", package: "strace" };

/// The environment variable that says under which command, a word a line, a server is to run.
pub(crate) const SERVERS_RUN_UNDER: &str = "BENCHMARKS_SERVERS_RUN_UNDER";

/// A way to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Instructions and allocations.
    Callgrind,
    /// The same, and misses of simulated caches: much slower.
    Caches,
    /// System calls.
    Strace,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Executed in user space.
    Instructions,
    /// Calls of `malloc` and its like; `realloc` is one, `free` is none.
    Allocations,
    /// Of the last level.
    CacheMisses,
    /// Of any of this name.
    SystemCalls,
}

/// What a program did, from its start to its end.
pub(crate) struct Total {
    pub(crate) kind: Kind,
    /// What it consists of, where there is something to tell apart: a kind of system call.
    pub(crate) part: String,
    pub(crate) number: u64,
}

impl Total {
    /// A number that has no parts.
    fn whole(kind: Kind, number: u64) -> Self {
        Self { kind, part: String::new(), number }
    }
}

impl Kind {
    pub(crate) const ALL: [Self; 4] =
        [Self::Instructions, Self::Allocations, Self::CacheMisses, Self::SystemCalls];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Instructions => "instructions",
            Self::Allocations => "allocations",
            Self::CacheMisses => "cache misses",
            Self::SystemCalls => "system calls",
        }
    }
}

impl Tool {
    pub(crate) const fn program(self) -> &'static Program {
        match self {
            Self::Callgrind | Self::Caches => &VALGRIND,
            Self::Strace => &STRACE,
        }
    }

    /// The words to be put before a program's command, so that the counts are written to a file at its end.
    pub(crate) fn command(self, output: &Path) -> anyhow::Result<Vec<String>> {
        let path =
            self.program().path().with_context(|| format!("`{}` is not installed", self.program().name))?;
        let mut words = vec![path.display().to_string()];
        words.extend(match self {
            Self::Callgrind => callgrind::options(output, false),
            Self::Caches => callgrind::options(output, true),
            Self::Strace => strace::options(output),
        });
        Ok(words)
    }

    /// What the tool has to say of its work: why it failed, perhaps.
    pub(crate) fn log(self, output: &Path) -> String {
        fs::read_to_string(format!("{}.log", output.display())).unwrap_or_default()
    }

    /// What the tool has counted.
    pub(crate) fn totals(self, output: &Path) -> anyhow::Result<Vec<Total>> {
        let text = fs::read_to_string(output).with_context(|| output.display().to_string())?;
        match self {
            Self::Callgrind | Self::Caches => callgrind::totals(&text),
            Self::Strace => strace::totals(&text),
        }
    }
}
