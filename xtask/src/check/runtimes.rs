//! The runtime below a driver is the one that its features choose.
//!
//! `cargo test --workspace` runs the drivers as they are by default, on async-std. Here they run on the other one, and
//! a program that has chosen it has no async-std: neither from a driver's features, nor from its other dependencies.

use anyhow::ensure;
use semver::Version;

use super::manifests::names;
use super::{RUNTIMES, report};
use crate::cargo;
use crate::manifest::{Dependency, Kind};
use crate::workspace::{Member, Workspace, read};

const DEFAULT: &str = "async-std";

const OTHER: &str = "smol";

pub(super) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let drivers: Vec<&Member> = workspace.published().filter(|member| has_runtime(member)).collect();
    report(&undocumented(workspace, &drivers)?)?;
    leaves_the_default(workspace, &drivers)?;
    for driver in &drivers {
        compiles_alone(workspace, &driver.name)?;
    }
    let mut tests = vec!["test", "--locked", "--tests"];
    tests.extend(choice(&drivers, OTHER));
    cargo::run(&workspace.root, &tests)
}

/// A driver that depends on no part of a runtime needs no choice of one.
fn has_runtime(member: &Member) -> bool {
    let is_runtime = |dependency: &Dependency| {
        dependency.kind == Kind::Normal && RUNTIMES.contains(&dependency.package.as_str())
    };
    member.is_driver() && member.manifest.dependencies().iter().any(is_runtime)
}

/// The manifest's line that chooses the other runtime stands in the driver's README and in the root's.
fn undocumented(workspace: &Workspace, drivers: &[&Member]) -> anyhow::Result<Vec<String>> {
    let mut findings = Vec::new();
    for driver in drivers {
        let line = manifest_line(driver);
        for readme in [workspace.root.join("README.md"), driver.folder.join("README.md")] {
            if !read(&readme)?.lines().any(|found| found == line) {
                findings.push(format!("{} does not have the line `{line}`", workspace.shown(&readme)));
            }
        }
    }
    Ok(findings)
}

/// What a program's manifest says, to use a driver on the other runtime.
fn manifest_line(driver: &Member) -> String {
    let Version { major, minor, .. } = driver.version;
    let version = if major == 0 { format!("0.{minor}") } else { major.to_string() };
    let name = &driver.name;
    format!(r#"{name} = {{ version = "{version}", default-features = false, features = ["{OTHER}"] }}"#)
}

/// All drivers together, as in one program, have async-std by default, and on the other runtime they do not.
fn leaves_the_default(workspace: &Workspace, drivers: &[&Member]) -> anyhow::Result<()> {
    ensure!(
        has_async_std(workspace, drivers, DEFAULT)?,
        "no driver depends on async-std, whatever is chosen"
    );
    ensure!(!has_async_std(workspace, drivers, OTHER)?, "with `{OTHER}` the drivers depend on async-std");
    Ok(())
}

fn has_async_std(workspace: &Workspace, drivers: &[&Member], runtime: &str) -> anyhow::Result<bool> {
    let mut arguments = vec!["tree", "--locked", "--edges", "normal,build", "--target", "all"];
    arguments.extend(["--prefix", "none", "--format", "{p}"]);
    arguments.extend(choice(drivers, runtime));
    let tree = cargo::output(&workspace.root, &arguments)?;
    Ok(names(&tree, "").iter().any(|name| name == "async-std"))
}

/// A driver compiles with either runtime, and no lint speaks up; with none it does not, and says what it lacks.
fn compiles_alone(workspace: &Workspace, driver: &str) -> anyhow::Result<()> {
    let alone = ["--locked", "-p", driver, "--no-default-features"];
    for runtime in [DEFAULT, OTHER] {
        let arguments = [&["clippy"], &alone[..], &["--features", runtime, "--", "-D", "warnings"]].concat();
        cargo::run(&workspace.root, &arguments)?;
    }
    let error = cargo::error(&workspace.root, &[&["check"], &alone[..]].concat())?;
    ensure!(error.contains("this driver needs a runtime"), "without features {driver} says:\n{error}");
    Ok(())
}

/// Cargo's options for these drivers on this runtime.
fn choice<'a>(drivers: &[&'a Member], runtime: &'a str) -> Vec<&'a str> {
    let packages = drivers.iter().flat_map(|driver| ["-p", driver.name.as_str()]);
    packages.chain(["--no-default-features", "--features", runtime]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Manifest;

    fn driver(version: &str) -> Member {
        let manifest = format!("[package]\nname = \"driver-a\"\nversion = \"{version}\"\n");
        Member::new("driver-a".into(), Manifest::parse(&manifest).unwrap()).unwrap()
    }

    fn line(version: &str) -> String {
        format!("driver-a = {{ version = \"{version}\", default-features = false, features = [\"smol\"] }}")
    }

    #[test]
    fn the_manifests_line_asks_for_the_versions_that_are_compatible_with_the_drivers() {
        assert_eq!(manifest_line(&driver("0.1.7")), line("0.1"));
        assert_eq!(manifest_line(&driver("2.3.0")), line("2"));
    }

    #[test]
    fn a_driver_that_depends_on_no_part_of_a_runtime_needs_no_choice() {
        let workspace = Workspace::load().unwrap();
        let having: Vec<&str> =
            workspace.members.iter().filter(|member| has_runtime(member)).map(|m| m.name.as_str()).collect();
        assert!(having.contains(&"driver-udp") && !having.contains(&"driver-event-relay"), "{having:?}");
    }

    #[test]
    fn one_choice_is_made_for_all_drivers_together() {
        let drivers = [driver("0.1.0"), driver("0.1.0")];
        let drivers: Vec<&Member> = drivers.iter().collect();
        let expected = "-p driver-a -p driver-a --no-default-features --features smol";
        assert_eq!(choice(&drivers, OTHER).join(" "), expected);
    }
}
