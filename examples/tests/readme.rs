//! The package's README lists every program.

use std::ffi::OsStr;
use std::fs;

use anyhow::Context as _;

const README: &str = include_str!("../README.md");

#[test]
fn the_readme_has_a_command_line_for_every_program() -> anyhow::Result<()> {
    for program in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin"))? {
        let path = program?.path();
        let name = path.file_stem().and_then(OsStr::to_str).context("a strange name")?;
        assert!(README.contains(&format!("| `{name}")), "{name} is not in the README");
    }
    Ok(())
}
