//! The workspace's own commands: `cargo xtask COMMAND`.
//!
//! Each command has a file: [`mod@bench`], [`ci`] with its [`check`]s, [`deny`], [`mod@docs`], [`floor`], [`new_driver`],
//! [`package`], [`pictures`], [`release`]. They share [`workspace`] (the member crates), [`manifest`] (a `Cargo.toml`),
//! [`packed`] (the crates from their tarballs), [`stage`] (a copy whose crates have the [`prefix`] before their names),
//! [`consumer`] (a third party's crate that uses one of ours), and [`cargo`], [`git`] and [`program`], which run programs.

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

  ci             run every check, and stop at the first that fails
  ci CHECK...    run only these checks
  ci --list      list the checks
  docs           check the book in `docs` and the links of every Markdown file, and build the book
  bench          compare with other libraries, or count what each operation costs; see `bench --help`
  new-driver NAME [--out DIR]
                 make a driver to start from, in this workspace or in a folder outside
  package        pack the published crates, check the tarballs, and build each crate from them
  package --prefix PREFIX
                 the same, with this prefix before the packages' names instead of the one in Cargo.toml
  floor          build each crate with the oldest core that its manifest accepts
  deny           check the dependencies' licences, sources and advisories
  pictures       make the pictures of the book again, from running programs
  release CRATE [--dry-run]
                 list everything that blocks a release; if nothing does, publish the crate and tag it
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
            bail!("`{command}` does not accept these arguments: `{}`\n\n{HELP}", arguments.join(" "))
        }
        [unknown, ..] => bail!("there is no command `{unknown}`\n\n{HELP}"),
    }
    Ok(())
}

/// An error and its causes, one on each line. (Its `Debug` adds a backtrace if `RUST_BACKTRACE` is set.)
fn causes(error: &anyhow::Error) -> String {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    causes.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_with_wrong_arguments_is_reported_as_such_and_not_as_missing() {
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
                format!("`{}` does not accept these arguments: `{}`", arguments[0], arguments.join(" "));
            assert!(error.starts_with(&expected), "{error}");
        }
        let error = command(&["relaese"]).expect_err("no such command").to_string();
        assert!(error.starts_with("there is no command `relaese`"), "{error}");
    }
}
