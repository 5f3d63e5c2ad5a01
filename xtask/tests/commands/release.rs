//! `release`: what blocks a release, and what happens if nothing does.

use crate::cargo::Registry;

const FOREIGN: &str = "\
marketplace_core
Somebody else's
version: 0.1.0
repository: https://example.org/them/market
";

const OURS: &str = "\
marketplace-core-derive #derive
Ours
version: 0.1.0
repository: https://example.org/us/marketplace.git
";

const DERIVE: &str = "marketplace-core-derive";

#[test]
fn a_crate_that_nothing_blocks_is_published_and_tagged() {
    let registry = Registry::new("release-published");
    registry.release(&[DERIVE]).succeeds_with(&["fine", "git push origin marketplace-core-derive-v0.1.0"]);
    assert_eq!(registry.published(), "publish --locked -p marketplace-core-derive\n");
    assert_eq!(registry.repository.tags(), "marketplace-core-derive-v0.1.0\n");
}

#[test]
fn a_dry_run_publishes_nothing() {
    let registry = Registry::new("release-dry");
    registry.release(&[DERIVE, "--dry-run"]).succeeds_with(&["nothing blocks"]);
    assert_eq!(registry.published() + &registry.repository.tags(), "");
}

#[test]
fn everything_that_blocks_is_listed_and_nothing_is_published() {
    let registry = Registry::new("release-blocked");
    let repository = &registry.repository;
    repository.replace("driver-x/CHANGELOG.md", "0.1.0", "Unreleased");
    repository.replace("driver-x/Cargo.toml", "repository.workspace = true\n", "");
    registry.hold("marketplace-core", FOREIGN);
    registry.release(&["driver-x"]).fails_with(&[
        "BLOCKS: there are uncommitted changes: M driver-x/CHANGELOG.md, M driver-x/Cargo.toml",
        "BLOCKS: driver-x/CHANGELOG.md has no entry for 0.1.0",
        "BLOCKS: marketplace-core 0.1.0 must be released first",
        "BLOCKS: marketplace-testing 0.1.0 must be released first",
        "BLOCKS: the manifest states no `repository`",
        "BLOCKS: the registry has a crate under the name marketplace-core that is not ours: marketplace_core 0.1.0",
        "[workspace.metadata.release] prefix = \"some-\"",
    ]);
    assert_eq!(registry.published() + &repository.tags(), "");
}

#[test]
fn with_a_prefix_a_name_that_is_taken_is_in_nobodys_way() {
    let registry = Registry::new("release-prefix");
    let repository = &registry.repository;
    repository.tag("marketplace-core-derive-v0.1.0");
    registry.hold("marketplace-core", FOREIGN);
    registry.release(&["marketplace-core"]).fails_with(&["that is not ours"]);
    repository.replace("Cargo.toml", "prefix = \"\"", "prefix = \"some-\"");
    repository.commit();
    registry.release(&["marketplace-core"]).succeeds_with(&["the package some-marketplace-core"]);
    assert_eq!(registry.published(), "publish -p some-marketplace-core\n");
    assert!(repository.tags().contains("marketplace-core-v0.1.0"), "{}", repository.tags());
}

#[test]
fn a_version_is_released_once() {
    let registry = Registry::new("release-twice");
    registry.release(&[DERIVE]).succeeds_with(&[]);
    registry.hold(DERIVE, OURS);
    registry.release(&[DERIVE]).fails_with(&[
        "BLOCKS: the tag marketplace-core-derive-v0.1.0 exists",
        "BLOCKS: the registry already has marketplace-core-derive 0.1.0",
    ]);
    assert_eq!(registry.published().lines().count(), 1);
}

#[test]
fn a_version_below_one_that_was_released_blocks() {
    let registry = Registry::new("release-lower");
    registry.repository.tag("marketplace-core-derive-v0.1.10");
    registry.release(&[DERIVE]).fails_with(&["BLOCKS: 0.1.0 is lower than 0.1.10, which has been released"]);
}

#[test]
fn a_registry_that_cannot_be_asked_blocks() {
    let registry = Registry::new("release-offline");
    registry.disconnect();
    registry.release(&[DERIVE]).fails_with(&[
        "BLOCKS: cannot ask the registry whether it has marketplace-core-derive",
        "Could not resolve hostname",
    ]);
    assert_eq!(registry.published(), "");
}

#[test]
fn a_release_is_compared_with_the_one_before() {
    let registry = Registry::new("release-compared");
    let repository = &registry.repository;
    repository.tag("marketplace-core-v0.1.0");
    repository.tag("marketplace-testing-v0.0.9");
    registry
        .release(&["marketplace-testing"])
        .fails_with(&["BLOCKS: cargo-semver-checks is missing", "cargo install"]);
    registry.compare("exit 1\n");
    registry
        .release(&["marketplace-testing"])
        .fails_with(&["BLOCKS: the changes since marketplace-testing-v0.0.9 need another version"]);
    registry.compare("exit 0\n");
    registry.release(&["marketplace-testing", "--dry-run"]).succeeds_with(&[
        "semver-checks --package marketplace-testing --baseline-rev marketplace-testing-v0.0.9",
        "nothing breaks for users of 0.0.9",
    ]);
}

#[test]
fn a_crate_that_is_not_published_has_no_release() {
    let registry = Registry::new("release-none");
    registry.release(&["examples"]).fails_with(&["no published crate `examples`", "driver-x"]);
}
