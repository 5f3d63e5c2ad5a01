//! `cargo xtask package`: the tarballs of the published crates are complete, and the crates build from them.
//!
//! Each crate is built as a third party builds it: from the tarballs alone. A driver is built with the core's tarball and no
//! other.

mod contents;

use anyhow::{Context, bail};

use crate::consumer;
use crate::packed::{neighbours, pack};
use crate::prefix::Prefix;
use crate::workspace::Workspace;

/// The prefix to try as long as none is set, so that setting one is known to work.
const TRIAL: &str = "trial-";

/// Packs the crates with this prefix, or with the workspace's.
pub(crate) fn run(prefix: Option<&str>) -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    let prefix = prefix.map_or_else(|| Prefix::of(&workspace), Prefix::parse)?;
    package(&workspace, &prefix)
}

/// Packs the crates with the workspace's prefix. If it has none, packs them again with a prefix for trial.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let prefix = Prefix::of(workspace)?;
    package(workspace, &prefix)?;
    if prefix.is_empty() { package(workspace, &Prefix::parse(TRIAL)?) } else { Ok(()) }
}

fn package(workspace: &Workspace, prefix: &Prefix) -> anyhow::Result<()> {
    let folder = workspace.scratch(&prefix.package("package"))?;
    let packed = pack(workspace, prefix, &folder)?;
    let mut findings = Vec::new();
    for one in &packed {
        findings.extend(contents::check(workspace, one)?);
    }
    if !findings.is_empty() {
        bail!("{}", findings.join("\n"));
    }
    for one in &packed {
        consumer::build(workspace, one, &neighbours(&packed, one), &folder)
            .with_context(|| format!("{} does not build from its tarball", one.package))?;
        println!("{} is complete, and builds from its tarball", one.package);
    }
    Ok(())
}
