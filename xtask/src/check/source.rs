//! Rules for the folder of a crate: what its sources may name, how long they are, and which documents it has.
//!
//! In a published crate, only `src/io.rs` and the files below `src/io/` may name the crates of a runtime or the features
//! that choose one. So a change of runtime changes only these files. Comments do not count: examples may name a runtime.

use std::fs;
use std::path::{Path, PathBuf};

use super::{RUNTIMES, report};
use crate::workspace::{DERIVE, Member, Workspace, files, read};

const MOST_LINES: usize = 400;

const LICENCES: &[&str] = &["LICENSE-MIT", "LICENSE-APACHE"];

pub(super) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let mut findings = Vec::new();
    for member in &workspace.members {
        findings.extend(check_sources(workspace, member)?);
        if member.is_published() {
            findings.extend(check_documents(workspace, member)?);
        }
    }
    report(&findings)
}

fn check_sources(workspace: &Workspace, member: &Member) -> anyhow::Result<Vec<String>> {
    let folder = member.folder.join("src");
    let mut findings = Vec::new();
    for path in rust_files(&folder)? {
        let text = read(&path)?;
        let shown = workspace.shown(&path);
        let lines = text.lines().count();
        if lines > MOST_LINES {
            findings.push(format!("{shown} has {lines} lines, more than {MOST_LINES}"));
        }
        if member.is_published() && !is_io(path.strip_prefix(&folder)?) {
            for (line, runtime) in runtimes(&text) {
                findings.push(format!("{shown}:{line} names {runtime}: only the io module may"));
            }
        }
    }
    Ok(findings)
}

fn check_documents(workspace: &Workspace, member: &Member) -> anyhow::Result<Vec<String>> {
    let mut findings = Vec::new();
    let documents: &[&str] =
        if member.name == DERIVE { &["README.md"] } else { &["README.md", "CHANGELOG.md"] };
    for document in documents.iter().map(|name| member.folder.join(name)).filter(|path| !path.exists()) {
        findings.push(format!("{} is missing", workspace.shown(&document)));
    }
    for name in LICENCES {
        let licence = read(&workspace.root.join(name))?;
        let copy = member.folder.join(name);
        if fs::read_to_string(&copy).ok().as_ref() != Some(&licence) {
            findings.push(format!("{} is not a copy of the root's {name}", workspace.shown(&copy)));
        }
    }
    Ok(findings)
}

/// The Rust files of a folder and the folders below it, in order of their paths.
fn rust_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = files(folder)?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    Ok(files)
}

/// Whether a path below `src` belongs to the `io` module.
fn is_io(path: &Path) -> bool {
    path == Path::new("io.rs") || path.starts_with("io")
}

/// The runtime crates that a text names outside of comments, each with its line number.
fn runtimes(text: &str) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let code = line.split_once("//").map_or(line, |(code, _)| code);
        found
            .extend(RUNTIMES.iter().filter(|runtime| names(code, runtime)).map(|runtime| (number, *runtime)));
    }
    found
}

/// Whether code contains a crate's name as a whole word, or as the name of a feature.
fn names(code: &str, package: &str) -> bool {
    let name = package.replace('-', "_");
    code.contains(&format!("\"{package}\""))
        || code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_io_module_is_a_file_or_a_folder_directly_below_src() {
        assert!(is_io(Path::new("io.rs")) && is_io(Path::new("io/socket.rs")));
        assert!(!is_io(Path::new("driver.rs")));
        assert!(!is_io(Path::new("driver/io.rs")) && !is_io(Path::new("ion.rs")));
    }

    #[test]
    fn runtimes_are_found_in_imports_and_paths() {
        let text = "use async_std::net;\n\nfn f() { socket2::Socket::new() }\n";
        assert_eq!(runtimes(text), [(1, "async-std"), (3, "socket2")]);
    }

    #[test]
    fn runtimes_are_found_in_conditions() {
        let text = "#[cfg(feature = \"async-std\")]\nif cfg!(feature = \"smol\") {}\n";
        assert_eq!(runtimes(text), [(1, "async-std"), (2, "smol")]);
    }

    #[test]
    fn a_runtime_in_a_comment_is_not_found() {
        assert_eq!(runtimes("/// async_std::task::block_on(run)\nf(); // as tokio does\n"), []);
    }

    #[test]
    fn a_runtime_inside_a_longer_word_is_not_found() {
        assert_eq!(runtimes("let smoler = my_async_io + tokios;\n"), []);
    }
}
