//! `cargo xtask pictures`: makes the pictures of the book again. The test that checks the pictures makes them.

use crate::cargo;
use crate::workspace::Workspace;

/// The environment variable that makes the test write the pictures, with the folder below the root of the repository.
const FOLDER: (&str, &str) = ("PICTURES", "docs/src/pictures");

pub(crate) fn run() -> anyhow::Result<()> {
    let root = Workspace::load()?.root;
    cargo::run_with(&root, &[FOLDER], &["test", "--locked", "--package", "examples", "--test", "pictures"])
}
