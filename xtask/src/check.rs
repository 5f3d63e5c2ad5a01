//! The checks of `cargo xtask ci`.

mod build;
mod manifests;
mod minimum_rust;
mod new_driver;
mod runtimes;
mod source;

use std::error::Error;
use std::fmt;

use anyhow::bail;

use crate::deny;
use crate::docs;
use crate::floor;
use crate::package;
use crate::workspace::Workspace;

/// A named check.
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: fn(&Workspace) -> anyhow::Result<()>,
}

/// The error of a check that could not look at what it is for. It does not fail, and does not pass either.
#[derive(Debug)]
pub(crate) struct NotChecked(pub(crate) String);

impl Error for NotChecked {}

impl fmt::Display for NotChecked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Every check, the quick ones first.
pub(crate) const CHECKS: &[Check] = &[
    Check { name: "format", about: "rustfmt would change nothing", run: build::format },
    Check { name: "source", about: "what each crate's folder holds", run: source::run },
    Check { name: "minimum-rust", about: "the READMEs name the manifest's Rust", run: minimum_rust::run },
    Check { name: "manifests", about: "dependencies and metadata", run: manifests::run },
    Check {
        name: "book",
        about: "the book builds, and shows tested code; no link is broken",
        run: docs::check,
    },
    Check { name: "licences", about: "what the dependencies are, and from where", run: deny::licences },
    Check { name: "advisories", about: "what is known against the dependencies", run: deny::advisories },
    Check { name: "clippy", about: "no lint speaks up", run: build::clippy },
    Check { name: "docs", about: "the documentation builds, its links lead somewhere", run: build::docs },
    Check { name: "alone", about: "each published crate builds without the others", run: build::alone },
    Check { name: "runtimes", about: "the drivers run without async-std too", run: runtimes::run },
    Check {
        name: "new-driver",
        about: "the driver to begin from is complete, here and outside",
        run: new_driver::run,
    },
    Check {
        name: "package",
        about: "the published crates are complete in their tarballs, and build from them",
        run: package::check,
    },
    Check {
        name: "floor",
        about: "each crate builds with the oldest core that it accepts",
        run: floor::check,
    },
];

/// Crates that bind code to an async runtime, or to the operating system's sockets or signals.
///
/// The core has none of them among its dependencies; a driver names them in its `io` module only.
const RUNTIMES: &[&str] = &[
    "async-executor",
    "async-global-executor",
    "async-io",
    "async-net",
    "async-signal",
    "async-std",
    "blocking",
    "mio",
    "signal-hook",
    "smol",
    "socket2",
    "tokio",
];

/// An error that lists everything found, or `Ok` if nothing was.
fn report(findings: &[String]) -> anyhow::Result<()> {
    if !findings.is_empty() {
        bail!("{}", findings.join("\n"));
    }
    Ok(())
}
