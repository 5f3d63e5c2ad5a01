//! Checks that run cargo.
//!
//! Each run has `--locked`, so that it uses the versions in `Cargo.lock`.

use crate::cargo;
use crate::workspace::Workspace;

pub(super) fn format(workspace: &Workspace) -> anyhow::Result<()> {
    cargo::run(&workspace.root, &["fmt", "--all", "--check"])
}

pub(super) fn clippy(workspace: &Workspace) -> anyhow::Result<()> {
    let arguments =
        ["clippy", "--locked", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    cargo::run(&workspace.root, &arguments)
}

pub(super) fn rustdoc(workspace: &Workspace) -> anyhow::Result<()> {
    let variables = [("RUSTDOCFLAGS", "-D warnings")];
    cargo::run_with(&workspace.root, &variables, &["doc", "--locked", "--workspace", "--no-deps"])
}

/// Builds each published crate by itself, so that no feature is enabled by another crate of the workspace.
///
/// First it builds the library without its dev-dependencies, as a user does, then the tests, and then it runs the examples
/// in the documentation. It does not run the tests: `cargo test --workspace` does.
pub(super) fn alone(workspace: &Workspace) -> anyhow::Result<()> {
    for member in workspace.published() {
        let name = member.name.as_str();
        cargo::run(&workspace.root, &["build", "--locked", "-p", name])?;
        cargo::run(&workspace.root, &["test", "--locked", "-p", name, "--no-run"])?;
        cargo::run(&workspace.root, &["test", "--locked", "-p", name, "--doc"])?;
    }
    Ok(())
}
