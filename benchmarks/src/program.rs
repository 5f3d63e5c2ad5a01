//! Other programs: finding them, and ending them together with the process that started them.

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
    /// Its path, if it is installed. Servers are not in every user's `PATH`.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
        folders.map(|folder| folder.join(self.name)).find(|path| path.is_file())
    }

    pub(crate) fn command(&self) -> anyhow::Result<Command> {
        ending_with_us(&self.path().with_context(|| format!("`{}` is not installed", self.name))?)
    }
}

/// A command whose process receives SIGTERM when this process ends, however it ends.
pub(crate) fn ending_with_us(program: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.arg("become").arg(program);
    Ok(command)
}

/// The other side of [`ending_with_us`]: sets the signal, then replaces this process by the other program.
pub(crate) fn become_program(program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    set_parent_process_death_signal(Some(Signal::TERM))?;
    Err(Command::new(program).args(arguments).exec()).context(program.to_owned())
}
