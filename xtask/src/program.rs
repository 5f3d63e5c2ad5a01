//! Running a program, with an error if it fails.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// A program to run in a folder, without input.
pub(crate) fn command(program: impl AsRef<OsStr>, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command
}

/// Prints the command, runs it and passes its output through. An exit status other than zero is an error.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let line = line(command);
    println!("$ {line}");
    let status = command.status().with_context(|| line.clone())?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Runs the command and returns what it wrote to standard output.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let line = line(command);
    let output = command.stderr(Stdio::inherit()).output().with_context(|| line.clone())?;
    if !output.status.success() {
        bail!("`{line}` failed ({})", output.status);
    }
    String::from_utf8(output.stdout).context(line)
}

/// Runs a command that has to fail, and returns what it wrote to standard error.
pub(crate) fn error(command: &mut Command) -> anyhow::Result<String> {
    let line = line(command);
    let output = command.output().with_context(|| line.clone())?;
    if output.status.success() {
        bail!("`{line}` did not fail");
    }
    String::from_utf8(output.stderr).context(line)
}

/// The command as a user would type it.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default().to_string_lossy();
    let arguments = command.get_args().map(OsStr::to_string_lossy);
    let variables = command.get_envs().filter_map(|(name, value)| {
        Some(format!("{}=\"{}\"", name.to_string_lossy(), value?.to_string_lossy()).into())
    });
    variables.chain([program]).chain(arguments).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_a_user_would_type_it() {
        let mut command = command("/bin/cargo", Path::new("/"), &["doc", "--no-deps"]);
        command.env("A", "-D b");
        assert_eq!(line(&command), "A=\"-D b\" cargo doc --no-deps");
    }

    #[test]
    fn a_program_that_fails_is_an_error_that_shows_the_command() {
        let error = output(&mut command("false", Path::new("/"), &["x"])).expect_err("false fails");
        assert!(error.to_string().contains("`false x` failed"), "{error}");
    }
}
