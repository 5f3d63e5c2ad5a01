//! Running cargo: the same cargo that runs this program.

use std::env;
use std::path::Path;
use std::process::Command;

use crate::program;

/// Runs cargo and passes its output through. An exit status other than zero is an error.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    program::run(&mut command(root, arguments))
}

/// Like [`run`], with environment variables set.
pub(crate) fn run_with(root: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> anyhow::Result<()> {
    program::run(command(root, arguments).envs(variables.iter().copied()))
}

/// Runs cargo and returns what it wrote to standard output.
pub(crate) fn output(root: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    program::output(&mut command(root, arguments))
}

/// Runs cargo, which has to fail, and returns what it wrote to standard error.
pub(crate) fn error(root: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    program::error(&mut command(root, arguments))
}

/// A command that runs cargo.
pub(crate) fn command(root: &Path, arguments: &[&str]) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    program::command(cargo, root, arguments)
}
