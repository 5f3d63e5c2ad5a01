//! `cargo xtask bench`: runs the comparisons in `benchmarks/`, a crate outside the workspace.

use std::env;

use crate::cargo;
use crate::workspace::Workspace;

/// One of the others, and it alone, is written for a nightly compiler.
const NIGHTLY: (&str, &str) = ("RUSTC_BOOTSTRAP", "syndicate");

/// Valgrind does not know all the system calls that `rustix` makes by itself; the C library asks for older ones.
const FOR_VALGRIND: (&str, &str) = ("RUSTFLAGS", "--cfg rustix_use_libc");

/// Builds and runs the benchmarks with these arguments. Paths in them are as seen from the caller's folder.
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
    // All of its programs: the one that runs starts others.
    cargo::run_with(&here, &variables, &[&["build"], &options[..]].concat())?;
    cargo::run_with(&here, &variables, &[&["run", "--quiet"], &options[..], &["--"], arguments].concat())
}
