//! Running mdBook, in the version that the book is written for.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};

use crate::workspace::Workspace;
use crate::{cargo, program};

const VERSION: &str = "0.5.4";

/// Builds the book to `target/book`, as `docs/book.toml` says.
pub(super) fn build(workspace: &Workspace) -> anyhow::Result<()> {
    let mdbook = find(workspace)?;
    program::run(&mut program::command(mdbook, &workspace.root, &["build", "docs"]))
}

/// The path of mdBook: the installed one, or the one that an earlier run has installed below `target`. If there is
/// neither, installs it there.
fn find(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let root = workspace.target().join("mdbook");
    let ours = root.join("bin").join(format!("mdbook{EXE_SUFFIX}"));
    for program in [Path::new("mdbook"), &ours] {
        if is_right(workspace, program) {
            return Ok(program.to_owned());
        }
    }
    let (package, root) = (format!("mdbook@{VERSION}"), root.to_string_lossy());
    // The other features are for viewing the book while it is written. They are not needed here.
    let features = ["--no-default-features", "--features", "search"];
    // Without optimisation it takes a fraction of the time to build, and builds this book in seconds all the same.
    let place = ["--debug", "--force", "--root", &*root];
    cargo::run(&workspace.root, &[&["install", "--locked", &package], &features[..], &place].concat())?;
    Ok(ours)
}

fn is_right(workspace: &Workspace, mdbook: &Path) -> bool {
    let mut command = program::command(mdbook, &workspace.root, &["--version"]);
    let version = command.output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&version).trim() == format!("mdbook v{VERSION}")
}
