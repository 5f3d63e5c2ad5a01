//! `floor`: the oldest core that a crate accepts.

use crate::repository::Repository;

/// A core that is committed as 0.1.0, and is 0.1.1 with a new function by now.
fn grown(name: &str) -> Repository {
    let repository = Repository::new(name);
    repository.replace("marketplace-core/Cargo.toml", "version = \"0.1.0\"", "version = \"0.1.1\"");
    repository.replace("marketplace-core/src/lib.rs", "pub fn old", "pub fn new() {}\n\npub fn old");
    repository.replace("Cargo.lock", CORE_LOCKED, &CORE_LOCKED.replace("0.1.0", "0.1.1"));
    repository
}

const CORE_LOCKED: &str = "name = \"marketplace-core\"\nversion = \"0.1.0\"";

#[test]
fn while_no_core_is_released_each_crate_builds_with_the_workspaces_own() {
    let repository = Repository::new("floor-unreleased");
    repository.xtask(&["floor"]).succeeds_with(&[
        "driver-x: its floor is marketplace-core 0.1.0, the workspace's own, which has not been released",
        "driver-x builds with marketplace-core 0.1.0",
        "marketplace-testing builds with marketplace-core 0.1.0",
    ]);
}

#[test]
fn a_crate_that_uses_something_newer_than_its_floor_is_found() {
    let repository = grown("floor-released");
    repository.tag("marketplace-core-v0.1.0");
    repository.xtask(&["floor"]).succeeds_with(&["driver-x builds with marketplace-core 0.1.0"]);
    repository.replace("driver-x/src/lib.rs", "old", "new");
    repository.xtask(&["floor"]).fails_with(&[
        "driver-x: its floor is marketplace-core 0.1.0, as it was released",
        "driver-x states marketplace-core 0.1.0, but does not build with it",
    ]);
    repository.replace("driver-x/Cargo.toml", "core = { version = \"0.1.0\"", "core = { version = \"0.1.1\"");
    repository.xtask(&["floor"]).succeeds_with(&["driver-x builds with marketplace-core 0.1.1"]);
}

#[test]
fn a_released_core_goes_before_the_workspaces_own_of_the_same_version() {
    let repository = Repository::new("floor-same");
    repository.tag("marketplace-core-v0.1.0");
    repository.replace("marketplace-core/src/lib.rs", "pub fn old", "pub fn new() {}\n\npub fn old");
    repository.replace("driver-x/src/lib.rs", "old", "new");
    repository.xtask(&["package"]).succeeds_with(&["driver-x is complete"]);
    repository
        .xtask(&["floor"])
        .fails_with(&["driver-x states marketplace-core 0.1.0, but does not build with it"]);
    repository.xtask(&["ci", "floor"]).fails_with(&["but does not build with it"]);
}

#[test]
fn a_floor_without_a_tag_is_an_error() {
    let repository = grown("floor-untagged");
    let missing = "there is no tag marketplace-core-v0.1.0 to build with, and the workspace has 0.1.1";
    repository
        .xtask(&["floor"])
        .fails_with(&["marketplace-testing depends on marketplace-core \"0.1.0\"", missing]);
}
