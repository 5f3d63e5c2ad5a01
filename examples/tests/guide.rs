//! What documents say of the programs is so: the guide to writing a driver shows what is compiled, and the README
//! tells of every program.

use std::ffi::OsStr;
use std::fs;

use anyhow::Context as _;

const GUIDE: &str = include_str!("../../docs/writing-a-driver.md");

const README: &str = include_str!("../../README.md");

const SHOWN: &str =
    concat!(include_str!("../src/bin/word-count/driver.rs"), include_str!("../src/bin/word-count/main.rs"));

#[test]
fn every_piece_of_code_in_the_guide_is_in_the_program() {
    let pieces: Vec<&str> = GUIDE
        .split("```rust\n")
        .skip(1)
        .map(|rest| rest.split_once("```").map_or(rest, |(piece, _)| piece))
        .collect();
    assert!(!pieces.is_empty());
    for piece in pieces {
        assert!(SHOWN.contains(piece), "not in the program:\n{piece}");
    }
}

#[test]
fn the_readme_has_a_command_line_for_every_program() -> anyhow::Result<()> {
    for program in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin"))? {
        let path = program?.path();
        let name = path.file_stem().and_then(OsStr::to_str).context("a strange name")?;
        assert!(README.contains(&format!("| `{name}")), "{name} is not in the README");
    }
    Ok(())
}
