//! The checks of `cargo xtask ci`.

mod build;
mod manifests;
mod minimum_rust;
mod package;
mod runtimes;
mod source;

use anyhow::bail;

use crate::workspace::Workspace;

/// A named check.
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: fn(&Workspace) -> anyhow::Result<()>,
}

/// Every check, the quick ones first.
pub(crate) const CHECKS: &[Check] = &[
    Check { name: "format", about: "rustfmt would change nothing", run: build::format },
    Check { name: "source", about: "what each crate's folder holds", run: source::run },
    Check { name: "minimum-rust", about: "the READMEs name the manifest's Rust", run: minimum_rust::run },
    Check { name: "manifests", about: "dependencies and metadata", run: manifests::run },
    Check { name: "clippy", about: "no lint speaks up", run: build::clippy },
    Check { name: "docs", about: "the documentation builds, its links lead somewhere", run: build::docs },
    Check { name: "alone", about: "each published crate builds without the others", run: build::alone },
    Check { name: "runtimes", about: "the drivers run without async-std too", run: runtimes::run },
    Check { name: "package", about: "the published crates build from their tarballs", run: package::run },
];

/// Crates that bind code to an async runtime or to the operating system's sockets.
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
