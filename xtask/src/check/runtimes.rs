//! A driver uses the runtime that its features choose.
//!
//! `cargo test --workspace` tests the drivers with their default, async-std. This check tests them with the other runtime,
//! and checks that a program that chooses it does not depend on async-std, directly or indirectly.

use std::collections::BTreeSet;

use anyhow::ensure;
use semver::Version;

use super::manifests::names;
use super::report;
use crate::cargo;
use crate::workspace::{Member, Workspace, read};

const DEFAULT: &str = "async-std";

const OTHER: &str = "smol";

/// The tests of a driver that use real I/O. Each driver that has a choice of runtime has at least one of them.
const OUTSIDE: &[&str] = &["loopback", "real", "signals", "streams"];

pub(super) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let drivers: Vec<&Member> = workspace.published().filter(|member| has_choice(member)).collect();
    report(&undocumented(workspace, &drivers)?)?;
    report(&untested(&drivers))?;
    leaves_the_default(workspace, &drivers)?;
    for driver in &drivers {
        compiles_alone(workspace, &driver.name)?;
    }
    meet_the_outside(workspace, &drivers)
}

/// Whether a driver has a choice of runtime. One that needs no runtime, or the same part of every runtime, has none.
fn has_choice(member: &Member) -> bool {
    member.is_driver() && member.manifest.get(&["features", OTHER]).is_some()
}

/// The manifest's line that chooses the other runtime is in the driver's README and in the book's page on drivers.
fn undocumented(workspace: &Workspace, drivers: &[&Member]) -> anyhow::Result<Vec<String>> {
    let mut findings = Vec::new();
    for driver in drivers {
        let line = manifest_line(driver);
        for readme in [workspace.root.join("docs/src/drivers/using.md"), driver.folder.join("README.md")] {
            if !read(&readme)?.lines().any(|found| found == line) {
                findings.push(format!("{} does not have the line `{line}`", workspace.shown(&readme)));
            }
        }
    }
    Ok(findings)
}

/// The line in a program's manifest that chooses the other runtime for a driver.
fn manifest_line(driver: &Member) -> String {
    let Version { major, minor, .. } = driver.version;
    let version = if major == 0 { format!("0.{minor}") } else { major.to_string() };
    let name = &driver.name;
    format!(r#"{name} = {{ version = "{version}", default-features = false, features = ["{OTHER}"] }}"#)
}

fn untested(drivers: &[&Member]) -> Vec<String> {
    drivers
        .iter()
        .filter(|driver| outside(driver).next().is_none())
        .map(|driver| format!("{} has none of the tests {}", driver.name, OUTSIDE.join(", ")))
        .collect()
}

fn outside(driver: &Member) -> impl Iterator<Item = &'static str> {
    let folder = driver.folder.join("tests");
    OUTSIDE.iter().copied().filter(move |test| folder.join(format!("{test}.rs")).exists())
}

/// By default, a program with all drivers depends on async-std. If the drivers that have a choice use the other runtime, it
/// does not.
fn leaves_the_default(workspace: &Workspace, drivers: &[&Member]) -> anyhow::Result<()> {
    ensure!(
        has_async_std(workspace, drivers, DEFAULT)?,
        "no driver depends on async-std, whatever is chosen"
    );
    ensure!(!has_async_std(workspace, drivers, OTHER)?, "with `{OTHER}` the drivers depend on async-std");
    Ok(())
}

fn has_async_std(workspace: &Workspace, drivers: &[&Member], runtime: &str) -> anyhow::Result<bool> {
    let features = features(drivers, runtime);
    let mut arguments = vec!["tree", "--locked", "--edges", "normal,build", "--target", "all"];
    arguments.extend(["--prefix", "none", "--format", "{p}"]);
    arguments.extend(["--no-default-features", "--features", &features]);
    let drivers = workspace.published().filter(|member| member.is_driver());
    arguments.extend(drivers.flat_map(|driver| ["-p", driver.name.as_str()]));
    let tree = cargo::output(&workspace.root, &arguments)?;
    Ok(names(&tree, "").iter().any(|name| name == "async-std"))
}

/// A driver compiles with either runtime, without warnings. With no runtime it does not compile, and the error says why.
fn compiles_alone(workspace: &Workspace, driver: &str) -> anyhow::Result<()> {
    let alone = ["--locked", "-p", driver, "--no-default-features"];
    for runtime in [DEFAULT, OTHER] {
        let arguments = [&["clippy"], &alone[..], &["--features", runtime, "--", "-D", "warnings"]].concat();
        cargo::run(&workspace.root, &arguments)?;
    }
    let error = cargo::error(&workspace.root, &[&["check"], &alone[..]].concat())?;
    ensure!(error.contains(&format!("{driver} needs a runtime")), "without features {driver} says:\n{error}");
    Ok(())
}

/// The tests with real I/O pass on the other runtime. This is one run of cargo, because a run for each driver builds more.
fn meet_the_outside(workspace: &Workspace, drivers: &[&Member]) -> anyhow::Result<()> {
    let features = features(drivers, OTHER);
    let mut arguments = vec!["test", "--locked", "--no-default-features", "--features", &features, "--lib"];
    let tests: BTreeSet<&str> = drivers.iter().flat_map(|driver| outside(driver)).collect();
    arguments.extend(tests.into_iter().flat_map(|test| ["--test", test]));
    arguments.extend(drivers.iter().flat_map(|driver| ["-p", driver.name.as_str()]));
    cargo::run(&workspace.root, &arguments)
}

/// The features with which these drivers choose a runtime, as the argument `--features` for several packages.
fn features(drivers: &[&Member], runtime: &str) -> String {
    let features: Vec<String> = drivers.iter().map(|driver| format!("{}/{runtime}", driver.name)).collect();
    features.join(",")
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
    fn a_driver_without_the_features_has_no_choice() {
        let workspace = Workspace::load().unwrap();
        let having: Vec<&str> =
            workspace.members.iter().filter(|member| has_choice(member)).map(|m| m.name.as_str()).collect();
        assert!(having.contains(&"driver-udp") && !having.contains(&"driver-event-relay"), "{having:?}");
    }

    #[test]
    fn a_driver_without_a_test_of_the_outside_is_named() {
        let driver = driver("0.1.0");
        assert_eq!(untested(&[&driver]).len(), 1);
    }

    #[test]
    fn each_driver_chooses_for_itself() {
        let drivers = [driver("0.1.0"), Member { name: "driver-b".to_owned(), ..driver("0.1.0") }];
        assert_eq!(features(&[&drivers[0], &drivers[1]], OTHER), "driver-a/smol,driver-b/smol");
    }
}
