//! `cargo xtask pictures`: makes the pictures of the book anew, by the test that compares them with what is made.

use crate::cargo;
use crate::workspace::Workspace;

/// Tells the test where to keep them, from the root of the repository.
const FOLDER: (&str, &str) = ("PICTURES", "docs/src/pictures");

pub(crate) fn run() -> anyhow::Result<()> {
    let root = Workspace::load()?.root;
    cargo::run_with(&root, &[FOLDER], &["test", "--locked", "--package", "examples", "--test", "pictures"])
}
