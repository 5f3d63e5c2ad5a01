//! A driver that `cargo xtask new-driver` makes is complete: it passes the checks that a crate here has to pass.
//!
//! This check makes one driver in a workspace of a third party, and one in a copy of this workspace. It works offline,
//! because the registry may not have our crates in these versions yet, or may have other crates under their names.

use std::fs;
use std::path::Path;

use anyhow::Context;

use super::{manifests, source};
use crate::prefix::Prefix;
use crate::workspace::Workspace;
use crate::{cargo, new_driver};

pub(super) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let folder = workspace.scratch("new-driver")?;
    // Afterwards everything that is needed is on this machine.
    cargo::run(&workspace.root, &["fetch", "--quiet", "--locked"])?;
    outside(workspace, &folder.join("outside")).context("a driver outside the workspace")?;
    inside(workspace, &folder.join("inside")).context("a driver in the workspace")
}

/// Its name is short, and changes the order of its imports.
fn outside(workspace: &Workspace, folder: &Path) -> anyhow::Result<()> {
    const NAME: &str = "tide";
    // The crates of this workspace have no prefix.
    new_driver::outside(workspace, NAME, &folder.join(NAME), &Prefix::none())?;
    let patch = new_driver::patch(workspace)?;
    let manifest = format!("[workspace]\nresolver = \"3\"\nmembers = [\"{NAME}\"]\n\n{patch}");
    fs::write(folder.join("Cargo.toml"), manifest)?;
    // The same versions as in this workspace.
    fs::copy(workspace.root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    try_out(workspace, folder, NAME)
}

/// Its name is longer than the template's.
fn inside(workspace: &Workspace, folder: &Path) -> anyhow::Result<()> {
    const NAME: &str = "driver-with-a-rather-long-name";
    mirror(&workspace.root, folder)?;
    new_driver::inside(&Workspace::at(folder)?, NAME)?;
    try_out(workspace, folder, NAME)?;
    let copy = Workspace::at(folder)?;
    source::run(&copy)?;
    manifests::run(&copy)
}

/// Makes a copy of the workspace: the files of its root, and links to its folders.
fn mirror(root: &Path, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    for entry in fs::read_dir(root)? {
        let (entry, to) = (entry?.path(), folder);
        let Some(name) = entry.file_name() else { continue };
        if entry.is_file() {
            fs::copy(&entry, to.join(name))?;
        } else if name != "target" && name != ".git" {
            std::os::unix::fs::symlink(&entry, to.join(name))?;
        }
    }
    Ok(())
}

fn try_out(workspace: &Workspace, folder: &Path, name: &str) -> anyhow::Result<()> {
    // This reuses what was built for the workspace itself.
    let target = workspace.target().display().to_string();
    let options = ["--offline", "-p", name, "--target-dir", &target];
    cargo::run(folder, &["fmt", "-p", name, "--check"])?;
    cargo::run(folder, &[&["clippy", "--all-targets"], &options[..], &["--", "-D", "warnings"]].concat())?;
    cargo::run(folder, &[&["test"], &options[..]].concat())?;
    let denied = [("RUSTDOCFLAGS", "-D warnings")];
    cargo::run_with(folder, &denied, &[&["doc", "--no-deps"], &options[..]].concat())
}
