//! Other programs: where they are, and that none outlives whoever started it.

use std::env;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use rustix::process::{Signal, set_parent_process_death_signal};

/// A program of a Debian package.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
}

impl Program {
    /// Where it is, if it is installed. Servers are not on everybody's path.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
        folders.map(|folder| folder.join(self.name)).find(|path| path.is_file())
    }

    pub(crate) fn command(&self) -> anyhow::Result<Command> {
        ending_with_us(&self.path().with_context(|| format!("`{}` is not installed", self.name))?)
    }
}

/// A command whose process is asked to end when this one does, however it does.
pub(crate) fn ending_with_us(program: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.arg("become").arg(program);
    Ok(command)
}

/// The other side of [`ending_with_us`]: the process is this program for a moment, and that one from then on.
pub(crate) fn become_program(program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    set_parent_process_death_signal(Some(Signal::TERM))?;
    Err(Command::new(program).args(arguments).exec()).context(program.to_owned())
}
