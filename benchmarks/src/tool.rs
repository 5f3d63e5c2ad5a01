//! The programs that count what another program does: valgrind's callgrind, and strace.

mod callgrind;
mod strace;

use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::program::Program;

const VALGRIND: Program = Program { name: "valgrind", package: "valgrind" };
const STRACE: Program = Program { name: "strace", package: "strace" };

/// The environment variable with the command under which a server runs, one word on each line.
pub(crate) const SERVERS_RUN_UNDER: &str = "BENCHMARKS_SERVERS_RUN_UNDER";

/// A way to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Instructions and allocations.
    Callgrind,
    /// Instructions, allocations, and misses of simulated caches. This is much slower.
    Caches,
    /// System calls.
    Strace,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Those executed in user space.
    Instructions,
    /// Calls of `malloc` and similar functions. `realloc` counts, `free` does not.
    Allocations,
    /// Those of the last level.
    CacheMisses,
    /// All of them; the parts are the calls of one name each.
    SystemCalls,
}

/// A count over a program's whole run, from its start to its end.
pub(crate) struct Total {
    pub(crate) kind: Kind,
    /// The name of the part, if the kind has parts: the name of a system call. Else empty.
    pub(crate) part: String,
    pub(crate) number: u64,
}

impl Total {
    /// A count of a kind that has no parts.
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

    /// The words to put before a program's command, so that the tool writes the counts to a file when the program ends.
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

    /// The tool's log, which may say why the tool failed.
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
