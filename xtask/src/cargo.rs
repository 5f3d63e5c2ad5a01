//! Running cargo in the workspace's root, with the cargo that runs this program.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// Runs cargo and passes its output through. An exit status other than zero is an error.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    run_with(root, &[], arguments)
}

/// Like [`run`], with environment variables set.
pub(crate) fn run_with(root: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> anyhow::Result<()> {
    let line = line(variables, arguments);
    println!("$ {line}");
    let status =
        command(root, arguments).envs(variables.iter().copied()).status().with_context(|| line.clone())?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Runs cargo and returns what it wrote to standard output.
pub(crate) fn output(root: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let line = line(&[], arguments);
    let output = command(root, arguments).stderr(Stdio::inherit()).output().with_context(|| line.clone())?;
    if !output.status.success() {
        bail!("`{line}` failed ({})", output.status);
    }
    String::from_utf8(output.stdout).context(line)
}

/// Runs cargo, which is to fail, and returns what it wrote to standard error.
pub(crate) fn error(root: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let line = line(&[], arguments);
    let output = command(root, arguments).output().with_context(|| line.clone())?;
    if output.status.success() {
        bail!("`{line}` did not fail");
    }
    String::from_utf8(output.stderr).context(line)
}

fn command(root: &Path, arguments: &[&str]) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let mut command = Command::new(cargo);
    command.args(arguments).current_dir(root).stdin(Stdio::null());
    command
}

/// The command as a user would type it.
fn line(variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let variables: String = variables.iter().map(|(name, value)| format!("{name}=\"{value}\" ")).collect();
    format!("{variables}cargo {}", arguments.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_a_user_would_type_it() {
        assert_eq!(line(&[("A", "-D b")], &["doc", "--no-deps"]), "A=\"-D b\" cargo doc --no-deps");
    }
}
