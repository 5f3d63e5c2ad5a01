//! `cargo xtask floor`: each crate builds with the oldest core that its manifest accepts.
//!
//! The workspace builds it only with the current core. So a crate could use something new in the core and still state an old
//! version. The old core is taken from its git tag, because the registry's crate of that name may not be ours.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use semver::{Comparator, Op, Version, VersionReq};

use crate::consumer;
use crate::manifest::Kind;
use crate::packed::{Packed, Patch, neighbours, pack};
use crate::prefix::Prefix;
use crate::workspace::{CORE, DERIVE, Member, Workspace};
use crate::{git, program};

/// The oldest core that a crate accepts, and where to get it.
#[derive(Debug, PartialEq, Eq)]
enum Floor {
    /// From the workspace, because this version is not released.
    Here(Version),
    /// From its tag.
    Released(Version),
}

/// Builds each crate with the oldest core that it accepts.
pub(crate) fn run() -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    let floors = floors(&workspace)?;
    build(&workspace, &floors, |_| true)
}

/// Like [`run`], but without the crates that the check `package` builds as well.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let floors = floors(workspace)?;
    let is_old = |floor: &Floor| matches!(floor, Floor::Released(_));
    if !floors.values().any(is_old) {
        println!("no crate needs an older core: the check `package` builds each with the workspace's core");
        return Ok(());
    }
    build(workspace, &floors, is_old)
}

/// Each crate's oldest core, by the crate's name. Prints them.
fn floors(workspace: &Workspace) -> anyhow::Result<BTreeMap<&str, Floor>> {
    let current = &workspace.member(CORE).with_context(|| format!("there is no {CORE}"))?.version;
    let released = git::released(&workspace.root, CORE)?;
    let mut floors = BTreeMap::new();
    for member in workspace.published() {
        let Some(requirement) = requirement(member) else { continue };
        let floor = lowest(&requirement).and_then(|lowest| choose(lowest, current, &released));
        let floor = floor.with_context(|| format!("{} depends on {CORE} \"{requirement}\"", member.name))?;
        match &floor {
            Floor::Here(version) => println!(
                "{}: its floor is {CORE} {version}, the workspace's own, which has not been released",
                member.name
            ),
            Floor::Released(version) => {
                println!("{}: its floor is {CORE} {version}, as it was released", member.name);
            }
        }
        floors.insert(member.name.as_str(), floor);
    }
    Ok(floors)
}

/// The versions of the core that a crate accepts. `None` if it does not depend on the core.
fn requirement(member: &Member) -> Option<String> {
    let mut dependencies = member.manifest.dependencies().into_iter();
    dependencies.find(|other| other.package == CORE && other.kind == Kind::Normal)?.version
}

/// The lowest version that satisfies a requirement.
pub(crate) fn lowest(requirement: &str) -> anyhow::Result<Version> {
    let parsed = VersionReq::parse(requirement)?;
    let [Comparator { op: Op::Caret | Op::Tilde | Op::Exact | Op::GreaterEq, major, minor, patch, pre }] =
        parsed.comparators.as_slice()
    else {
        bail!("it has no single lowest version: write it as \"0.1.0\"");
    };
    let mut version = Version::new(*major, minor.unwrap_or(0), patch.unwrap_or(0));
    version.pre = pre.clone();
    Ok(version)
}

fn choose(floor: Version, current: &Version, released: &[Version]) -> anyhow::Result<Floor> {
    // Prefer the tag: after a release the workspace has the same version for a while, with further changes.
    if released.contains(&floor) {
        Ok(Floor::Released(floor))
    } else if floor == *current {
        Ok(Floor::Here(floor))
    } else if floor > *current {
        Err(anyhow!("the workspace has {current}"))
    } else {
        Err(anyhow!(
            "there is no tag {} to build with, and the workspace has {current}",
            git::tag(CORE, &floor)
        ))
    }
}

/// Builds the chosen crates.
fn build(
    workspace: &Workspace,
    floors: &BTreeMap<&str, Floor>,
    chosen: impl Fn(&Floor) -> bool,
) -> anyhow::Result<()> {
    let folder = workspace.scratch("floor")?;
    let packed = pack(workspace, &Prefix::none(), &folder)?;
    for one in &packed {
        let Some(floor) = floors.get(one.member.name.as_str()).filter(|floor| chosen(floor)) else {
            continue;
        };
        let mut patches = neighbours(&packed, one);
        let (Floor::Here(version) | Floor::Released(version)) = floor;
        if let Floor::Released(version) = floor {
            // Its macros are part of it.
            patches.retain(|patch| ![CORE, DERIVE].contains(&patch.package.as_str()));
            patches.push(released(workspace, version, &folder)?);
        }
        build_one(workspace, one, version, &patches, &folder)?;
    }
    Ok(())
}

fn build_one(
    workspace: &Workspace,
    packed: &Packed<'_>,
    floor: &Version,
    patches: &[Patch],
    folder: &Path,
) -> anyhow::Result<()> {
    let name = &packed.package;
    consumer::build(workspace, packed, patches, folder)
        .with_context(|| format!("{name} states {CORE} {floor}, but does not build with it"))?;
    println!("{name} builds with {CORE} {floor}");
    Ok(())
}

/// The core at the tag of a version.
fn released(workspace: &Workspace, version: &Version, folder: &Path) -> anyhow::Result<Patch> {
    let tag = git::tag(CORE, version);
    let tree = folder.join(&tag);
    if !tree.exists() {
        fs::create_dir_all(&tree).with_context(|| tree.display().to_string())?;
        let archive = folder.join(format!("{tag}.tar")).display().to_string();
        git::output(&workspace.root, &["archive", "--output", &archive, &tag])?;
        // `m` gives the files the current time, for the same reason as in `packed`.
        program::output(&mut program::command("tar", &tree, &["-xmf", &archive]))?;
    }
    let then = Workspace::at(&tree)?;
    let core = then.member(CORE).with_context(|| format!("{tag} has no {CORE}"))?;
    if core.version != *version {
        bail!("under the tag {tag}, {CORE} has the version {}", core.version);
    }
    Ok(Patch { package: CORE.to_owned(), folder: core.folder.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn the_lowest_version_is_the_one_that_is_written() {
        for requirement in ["0.1.2", "^0.1.2", "~0.1.2", "=0.1.2", ">=0.1.2"] {
            assert_eq!(lowest(requirement).unwrap(), version("0.1.2"));
        }
        assert_eq!(lowest("0.1").unwrap(), version("0.1.0"));
        assert_eq!(lowest("1").unwrap(), version("1.0.0"));
        assert_eq!(lowest("0.2.0-rc.1").unwrap(), version("0.2.0-rc.1"));
    }

    #[test]
    fn a_requirement_without_one_lowest_version_is_an_error() {
        for requirement in ["*", "0.1.*", "<0.2", ">0.1.0", ">=0.1, <0.3", "new"] {
            assert!(lowest(requirement).is_err(), "{requirement}");
        }
    }

    #[test]
    fn while_nothing_is_released_the_floor_is_the_workspaces_own_version() {
        assert_eq!(choose(version("0.1.0"), &version("0.1.0"), &[]).unwrap(), Floor::Here(version("0.1.0")));
    }

    #[test]
    fn a_released_floor_is_taken_from_its_tag_even_if_the_workspace_has_that_version() {
        let released = [version("0.1.0"), version("0.1.1")];
        for floor in &released {
            let found = choose(floor.clone(), &version("0.1.1"), &released).unwrap();
            assert_eq!(found, Floor::Released(floor.clone()));
        }
    }

    #[test]
    fn a_floor_that_is_nowhere_is_an_error() {
        let error = choose(version("0.1.0"), &version("0.1.1"), &[]).unwrap_err();
        assert!(error.to_string().contains("no tag marketplace-core-v0.1.0"), "{error}");
        let error = choose(version("0.2.0"), &version("0.1.1"), &[]).unwrap_err();
        assert!(error.to_string().contains("the workspace has 0.1.1"), "{error}");
    }
}
