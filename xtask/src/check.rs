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

/// The error of a check that could not be made. Such a check neither passes nor fails.
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
    Check { name: "format", about: "the code is formatted by rustfmt", run: build::format },
    Check {
        name: "source",
        about: "each crate has its documents, and its sources keep the rules",
        run: source::run,
    },
    Check {
        name: "minimum-rust",
        about: "the READMEs and the book state the minimum Rust version of the manifest",
        run: minimum_rust::run,
    },
    Check {
        name: "manifests",
        about: "each crate has its metadata, and only allowed dependencies",
        run: manifests::run,
    },
    Check {
        name: "book",
        about: "the book builds and shows tested code, and no link is broken",
        run: docs::check,
    },
    Check {
        name: "licences",
        about: "the dependencies have allowed licences and sources",
        run: deny::licences,
    },
    Check { name: "advisories", about: "there is no advisory against a dependency", run: deny::advisories },
    Check { name: "clippy", about: "clippy has no warnings", run: build::clippy },
    Check {
        name: "rustdoc",
        about: "the rustdoc documentation builds, and its links are not broken",
        run: build::rustdoc,
    },
    Check { name: "alone", about: "each published crate builds without the others", run: build::alone },
    Check { name: "runtimes", about: "the drivers run without async-std too", run: runtimes::run },
    Check {
        name: "new-driver",
        about: "the driver to start from is complete, inside the workspace and outside",
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

/// Crates that tie code to an async runtime, or to the operating system's sockets or signals.
///
/// The core depends on none of them. A driver names them only in its `io` module.
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

/// An error that lists all findings, or `Ok` if there are none.
fn report(findings: &[String]) -> anyhow::Result<()> {
    if !findings.is_empty() {
        bail!("{}", findings.join("\n"));
    }
    Ok(())
}
