//! `package`: what is in the tarballs, and what builds from them.

use crate::repository::Repository;

#[test]
fn each_crate_builds_from_its_tarball() {
    let repository = Repository::new("package-builds");
    repository.xtask(&["package"]).succeeds_with(&[
        "marketplace-core is complete, and builds",
        "marketplace-core-derive is complete, and builds",
        "marketplace-testing is complete, and builds",
        "driver-x is complete, and builds",
    ]);
}

#[test]
fn one_line_puts_a_prefix_before_all_names_and_no_code_changes() {
    let repository = Repository::new("package-prefix");
    repository.replace("Cargo.toml", "prefix = \"\"", "prefix = \"some-\"");
    repository.xtask(&["package"]).succeeds_with(&[
        "some-marketplace-core is complete, and builds",
        "some-marketplace-core-derive is complete, and builds",
        "some-marketplace-testing is complete, and builds",
        "some-driver-x is complete, and builds",
    ]);
}

#[test]
fn all_that_is_missing_and_all_that_is_stray_is_named() {
    let repository = Repository::new("package-contents");
    repository.remove("driver-x/CHANGELOG.md");
    repository.write("driver-x/src/lib.rs.orig", "pub fn run() {}\n");
    repository.write("marketplace-core/LICENSE-MIT", "Do nothing.\n");
    repository.xtask(&["package"]).fails_with(&[
        "driver-x's tarball: CHANGELOG.md is missing",
        "driver-x's tarball: src/lib.rs.orig is stray",
        "marketplace-core's tarball: LICENSE-MIT is not a copy of the root's",
    ]);
}

#[test]
fn a_crate_that_needs_what_is_not_packed_does_not_build() {
    let repository = Repository::new("package-unpacked");
    repository.write("driver-x/data.txt", "x");
    repository.write("driver-x/src/lib.rs", "pub const DATA: &str = include_str!(\"../data.txt\");\n");
    let outcome = repository.xtask(&["package"]);
    outcome.fails_with(&["driver-x does not build from its tarball", "data.txt"]);
}

#[test]
fn a_crate_is_built_with_the_core_as_it_is_now() {
    let repository = Repository::new("package-anew");
    repository.xtask(&["package"]).succeeds_with(&["driver-x is complete"]);
    repository.replace("marketplace-core/src/lib.rs", "old", "renamed");
    repository.replace("marketplace-testing/src/lib.rs", "::old", "::renamed");
    let outcome = repository.xtask(&["package"]);
    outcome.fails_with(&["driver-x does not build from its tarball", "marketplace_core::old()"]);
}

#[test]
fn a_driver_gets_nothing_of_the_workspace_but_the_core() {
    let repository = Repository::new("package-alone");
    repository.replace("driver-x/Cargo.toml", "[dev-dependencies]\n", "");
    repository.replace("driver-x/src/lib.rs", "marketplace_core", "marketplace_testing");
    let outcome = repository.xtask(&["package"]);
    outcome.fails_with(&["driver-x does not build from its tarball", "package named `marketplace-testing`"]);
}
