//! The published crates, packed as tarballs and unpacked again, as a user gets them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::prefix::Prefix;
use crate::stage::stage;
use crate::workspace::{CORE, DERIVE, Member, Workspace};
use crate::{cargo, program};

/// A crate from its tarball.
pub(crate) struct Packed<'a> {
    pub(crate) member: &'a Member,
    /// The package's name, with the prefix.
    pub(crate) package: String,
    pub(crate) folder: PathBuf,
}

/// A package that cargo takes from a folder and not from the registry.
pub(crate) struct Patch {
    pub(crate) package: String,
    pub(crate) folder: PathBuf,
}

/// Packs all published crates and unpacks them below a folder.
///
/// They are packed together. Cargo then takes each crate's dependencies on the others from their tarballs, although the
/// registry may not have these versions yet. Until it has them, packing one driver alone fails.
pub(crate) fn pack<'a>(
    workspace: &'a Workspace,
    prefix: &Prefix,
    folder: &Path,
) -> anyhow::Result<Vec<Packed<'a>>> {
    if prefix.is_empty() {
        pack_members(workspace, folder, &["--locked"])?;
    } else {
        // The lock file does not have the new names yet.
        pack_members(&stage(workspace, prefix, &folder.join("staged"))?, folder, &[])?;
    }
    workspace.published().map(|member| unpack(member, prefix, folder)).collect()
}

/// The crates of the workspace that a crate may use: a driver the core with its macros, other crates all of them.
pub(crate) fn neighbours(packed: &[Packed<'_>], of: &Packed<'_>) -> Vec<Patch> {
    let may_have =
        |one: &&Packed<'_>| [CORE, DERIVE].contains(&one.member.name.as_str()) || !of.member.is_driver();
    let neighbours = packed.iter().filter(may_have);
    neighbours.map(|one| Patch { package: one.package.clone(), folder: one.folder.clone() }).collect()
}

fn pack_members(workspace: &Workspace, folder: &Path, options: &[&str]) -> anyhow::Result<()> {
    let target = folder.display().to_string();
    let mut arguments =
        vec!["package", "--quiet", "--allow-dirty", "--no-verify", "--target-dir", &target, "--workspace"];
    for member in workspace.members.iter().filter(|member| !member.is_published()) {
        arguments.extend(["--exclude", member.name.as_str()]);
    }
    arguments.extend(options);
    cargo::run(&workspace.root, &arguments)
}

fn unpack<'a>(member: &'a Member, prefix: &Prefix, folder: &Path) -> anyhow::Result<Packed<'a>> {
    let package = prefix.package(&member.name);
    let name = format!("{package}-{}", member.version);
    let into = folder.join("unpacked");
    fs::create_dir_all(&into).with_context(|| into.display().to_string())?;
    let tarball = folder.join("package").join(format!("{name}.crate")).display().to_string();
    // `m` gives the files the current time. In the tarball all files have one fixed time, so cargo, which compares times,
    // would take the result of an earlier run for up to date.
    program::output(&mut program::command("tar", &into, &["-xzmf", &tarball]))?;
    Ok(Packed { member, package, folder: into.join(name) })
}
