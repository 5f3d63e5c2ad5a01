//! The workspace's own commands: `cargo xtask COMMAND`.
//!
//! One file a command. What they share: [`workspace`] (the member crates), [`manifest`] (the keys of a
//! `Cargo.toml`) and [`cargo`] (running cargo).

mod bench;
mod cargo;
mod check;
mod ci;
mod consumer;
mod git;
mod manifest;
mod package;
mod packed;
mod prefix;
mod program;
mod stage;
mod workspace;

use std::env;
use std::process::ExitCode;

use anyhow::bail;

const HELP: &str = "\
The workspace's own commands.

Usage: cargo xtask COMMAND

  ci             run every check, stop at the first that fails
  ci CHECK...    run these checks only
  ci --list      list the checks
  bench          measure beside the others, or count; `bench --help` says more
  help           show this text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match command(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", causes(&error));
            ExitCode::FAILURE
        }
    }
}

fn command(arguments: &[&str]) -> anyhow::Result<()> {
    match arguments {
        ["bench", arguments @ ..] => bench::run(arguments)?,
        [] | ["help" | "--help" | "-h", ..] | [_, "--help" | "-h"] => print!("{HELP}"),
        ["ci", "--list"] => ci::list(),
        ["ci", checks @ ..] => ci::run(checks)?,
        ["package"] => package::run(None)?,
        ["package", "--prefix", prefix] => package::run(Some(prefix))?,
        [unknown, ..] => bail!("there is no command `{unknown}`\n\n{HELP}"),
    }
    Ok(())
}

/// An error and its causes, a line each, without the backtrace that `RUST_BACKTRACE` adds to its `Debug`.
fn causes(error: &anyhow::Error) -> String {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    causes.join("\n")
}
