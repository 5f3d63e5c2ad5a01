//! The published crates build from their tarballs.
//!
//! They are packaged together: cargo then builds each against the tarballs of the others, although the
//! registry may not have these versions yet. A driver packaged by itself fails as long as it has not.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::Context;

use crate::cargo;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let folder = unused_folder()?;
    let result = package(workspace, &folder.display().to_string());
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    }
    result
}

fn package(workspace: &Workspace, folder: &str) -> anyhow::Result<()> {
    let mut arguments = vec!["package", "--locked", "--allow-dirty", "--target-dir", folder, "--workspace"];
    for member in workspace.members.iter().filter(|member| !member.is_published()) {
        arguments.extend(["--exclude", member.name.as_str()]);
    }
    cargo::run_with(&workspace.root, &[("CARGO_PROFILE_DEV_DEBUG", "0")], &arguments)
}

/// A folder for cargo's output, beside this program, by a name that no run had before.
///
/// Cargo keeps what it unpacks by the folder's name and the crate's version, which it takes for unchanging:
/// under a name used twice a driver would be built against the core of an earlier run.
fn unused_folder() -> anyhow::Result<PathBuf> {
    let program = env::current_exe().context("where this program is")?;
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).context("the clock")?;
    Ok(program.with_file_name(format!("package-{}", time.as_nanos())))
}
