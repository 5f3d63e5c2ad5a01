//! What `cargo xtask new-driver` makes is complete: it passes what a crate here has to pass.
//!
//! One is made in a stranger's workspace, one in a copy of this. Nothing is asked of the registry, which may not have our
//! crates in these versions yet, or others under their names.

use std::fs;
use std::path::Path;

use anyhow::Context;

use super::{manifests, source};
use crate::prefix::Prefix;
use crate::workspace::Workspace;
use crate::{cargo, new_driver};

pub(super) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let folder = workspace.scratch("new-driver")?;
    // All that is needed then is here.
    cargo::run(&workspace.root, &["fetch", "--quiet", "--locked"])?;
    outside(workspace, &folder.join("outside")).context("a driver outside the workspace")?;
    inside(workspace, &folder.join("inside")).context("a driver in the workspace")
}

/// By a name that moves its imports behind others, and that is short.
fn outside(workspace: &Workspace, folder: &Path) -> anyhow::Result<()> {
    const NAME: &str = "tide";
    // Here they have no prefix, whatever they have on the registry.
    new_driver::outside(workspace, NAME, &folder.join(NAME), &Prefix::none())?;
    let patch = new_driver::patch(workspace)?;
    let manifest = format!("[workspace]\nresolver = \"3\"\nmembers = [\"{NAME}\"]\n\n{patch}");
    fs::write(folder.join("Cargo.toml"), manifest)?;
    // The versions that everything else here is checked with.
    fs::copy(workspace.root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    try_out(workspace, folder, NAME)
}

/// By a name that is longer than the template's.
fn inside(workspace: &Workspace, folder: &Path) -> anyhow::Result<()> {
    const NAME: &str = "driver-with-a-rather-long-name";
    mirror(&workspace.root, folder)?;
    new_driver::inside(&Workspace::at(folder)?, NAME)?;
    try_out(workspace, folder, NAME)?;
    let copy = Workspace::at(folder)?;
    source::run(&copy)?;
    manifests::run(&copy)
}

/// A copy of the workspace: the files of its root, and links to its folders.
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
    // What has been built for the workspace itself is of use here.
    let target = workspace.target().display().to_string();
    let options = ["--offline", "-p", name, "--target-dir", &target];
    cargo::run(folder, &["fmt", "-p", name, "--check"])?;
    cargo::run(folder, &[&["clippy", "--all-targets"], &options[..], &["--", "-D", "warnings"]].concat())?;
    cargo::run(folder, &[&["test"], &options[..]].concat())?;
    let denied = [("RUSTDOCFLAGS", "-D warnings")];
    cargo::run_with(folder, &denied, &[&["doc", "--no-deps"], &options[..]].concat())
}
