//! `cargo xtask bench`: runs the benchmarks in `benchmarks/`, which is a crate outside the workspace.

use std::env;

use crate::cargo;
use crate::workspace::Workspace;

/// One of the libraries that we compare with, syndicate, needs a nightly compiler.
const NIGHTLY: (&str, &str) = ("RUSTC_BOOTSTRAP", "syndicate");

/// Valgrind does not know all system calls that `rustix` makes directly. The C library makes older ones.
const FOR_VALGRIND: (&str, &str) = ("RUSTFLAGS", "--cfg rustix_use_libc");

/// How the names of the cases in the crate `machines` begin.
const MACHINES: &str = "machines-";

/// Builds and runs the benchmarks with these arguments. Paths in them are relative to the caller's folder.
pub(crate) fn run(arguments: &[&str]) -> anyhow::Result<()> {
    let here = env::current_dir()?;
    let manifest = Workspace::load()?.root.join("benchmarks/Cargo.toml");
    let manifest = manifest.to_string_lossy();
    let (profile, variables) = if arguments.contains(&"--count") {
        ("count", vec![NIGHTLY, FOR_VALGRIND])
    } else {
        ("release", vec![NIGHTLY])
    };
    let mut options = vec!["--locked", "--profile", profile, "--manifest-path", &*manifest];
    if arguments.contains(&"--ours") {
        options.extend(["--no-default-features", "--features", "programs"]);
    } else if arguments.contains(&"--check") || arguments.contains(&"--update") {
        options.push("--no-default-features");
    }
    // All programs are built, because the one that runs starts others.
    cargo::run_with(&here, &variables, &[&["build"], &options[..]].concat())?;
    if needs_machines(arguments) {
        let options = ["build", "--package", "machines", "--locked", "--profile", profile];
        cargo::run_with(&here, &variables, &[&options[..], &["--manifest-path", &*manifest]].concat())?;
    }
    cargo::run_with(&here, &variables, &[&["run", "--quiet"], &options[..], &["--"], arguments].concat())
}

/// Whether a case will be timed that needs the crate `machines`, which takes long to build.
fn needs_machines(arguments: &[&str]) -> bool {
    let is_timed = !arguments.iter().any(|argument| ["--count", "--list", "--help", "-h"].contains(argument));
    let mut named = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match *argument {
            "--json" | "--plot" => drop(arguments.next()),
            option if option.starts_with('-') => {}
            case => named.push(case),
        }
    }
    is_timed && (named.is_empty() || named.iter().any(|case| case.starts_with(MACHINES)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_built_for_their_cases_and_where_all_are_timed() {
        for arguments in [&[][..], &["machines-messages"], &["chat", "machines-silence"], &["--json", "file"]]
        {
            assert!(needs_machines(arguments), "{arguments:?}");
        }
        for arguments in [&["chat"][..], &["--list"], &["--count"], &["--plot", "machines-folder", "chat"]] {
            assert!(!needs_machines(arguments), "{arguments:?}");
        }
    }
}
