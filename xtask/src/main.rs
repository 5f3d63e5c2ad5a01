//! The workspace's own commands: `cargo xtask COMMAND`.
//!
//! One file a command: [`mod@bench`], [`ci`] with its [`check`]s, [`deny`], [`mod@docs`], [`floor`], [`new_driver`], [`package`],
//! [`pictures`], [`release`]. What they share: [`workspace`] (the member crates) and [`manifest`] (a `Cargo.toml`); [`packed`] (the
//! crates from their tarballs), for which [`stage`] puts the [`prefix`] before their names, and [`consumer`] (a stranger's
//! crate that uses one); [`cargo`] and [`git`], by which [`program`]s are run.

mod bench;
mod cargo;
mod check;
mod ci;
mod consumer;
mod deny;
mod docs;
mod floor;
mod git;
mod manifest;
mod new_driver;
mod package;
mod packed;
mod pictures;
mod prefix;
mod program;
mod release;
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
  docs           check the book in `docs` and the links of every Markdown file, and build the book
  bench          measure beside the others, or count; `bench --help` says more
  new-driver NAME [--out DIR]
                 make a driver to begin from, in this workspace or in a folder outside
  package        pack the published crates, look into the tarballs, build each from them
  package --prefix PREFIX
                 the same with another prefix before the packages' names than Cargo.toml states
  floor          build each crate with the oldest core that its manifest accepts
  deny           look at the dependencies' licences, sources and known faults
  pictures       make the pictures of the book anew, from programs that run
  release CRATE [--dry-run]
                 say all that blocks a release; if nothing does, publish the crate and tag it
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
        ["new-driver", arguments @ ..] => new_driver::run(arguments)?,
        ["package"] => package::run(None)?,
        ["package", "--prefix", prefix] => package::run(Some(prefix))?,
        ["floor"] => floor::run()?,
        ["pictures"] => pictures::run()?,
        ["release", name] if !name.starts_with('-') => release::run(name, false)?,
        ["release", name, "--dry-run"] | ["release", "--dry-run", name] => release::run(name, true)?,
        ["deny"] => deny::run()?,
        ["docs"] => docs::run()?,
        [command @ ("package" | "pictures" | "floor" | "release" | "deny" | "docs"), ..] => {
            bail!("`{command}` does not take what it is given: `{}`\n\n{HELP}", arguments.join(" "))
        }
        [unknown, ..] => bail!("there is no command `{unknown}`\n\n{HELP}"),
    }
    Ok(())
}

/// An error and its causes, a line each, without the backtrace that `RUST_BACKTRACE` adds to its `Debug`.
fn causes(error: &anyhow::Error) -> String {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    causes.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_is_given_something_wrong_is_not_said_to_be_missing() {
        for arguments in [
            &["release"][..],
            &["release", "--dry-run"],
            &["release", "driver-udp", "--dryrun"],
            &["package", "--prefix"],
            &["floor", "driver-udp"],
            &["pictures", "byte"],
            &["deny", "licences"],
            &["docs", "build"],
        ] {
            let error = command(arguments).expect_err(arguments[0]).to_string();
            let expected =
                format!("`{}` does not take what it is given: `{}`", arguments[0], arguments.join(" "));
            assert!(error.starts_with(&expected), "{error}");
        }
        let error = command(&["relaese"]).expect_err("no such command").to_string();
        assert!(error.starts_with("there is no command `relaese`"), "{error}");
    }
}
