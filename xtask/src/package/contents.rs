//! A tarball contains everything that a user needs, and nothing else.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use crate::packed::Packed;
use crate::workspace::{DERIVE, Workspace, files, read};

const LICENCES: &[&str] = &["LICENSE-MIT", "LICENSE-APACHE"];

/// Files that cargo adds by itself, some of them only in a git repository.
const BY_CARGO: &[&str] = &["Cargo.toml", "Cargo.toml.orig", "Cargo.lock", ".cargo_vcs_info.json"];

/// The extensions of sources. A style sheet is part of a picture that a source includes.
const SOURCE: &[&str] = &["css", "rs"];

/// The extensions of the files of a web page that a source includes.
const PAGE: &[&str] = &["css", "html", "js"];

/// What is wrong with an unpacked crate.
pub(super) fn check(workspace: &Workspace, packed: &Packed<'_>) -> anyhow::Result<Vec<String>> {
    let files = files(&packed.folder)?;
    let mut paths = Vec::new();
    for file in &files {
        paths.push(file.strip_prefix(&packed.folder)?);
    }
    let mut findings = judge(&packed.member.name, &paths);
    for licence in LICENCES {
        let original = read(&workspace.root.join(licence))?;
        if fs::read_to_string(packed.folder.join(licence)).is_ok_and(|copy| copy != original) {
            findings.push(format!("{licence} is not a copy of the root's"));
        }
    }
    Ok(findings.iter().map(|finding| format!("{}'s tarball: {finding}", packed.package)).collect())
}

/// Which files are missing among these paths, and which should not be there.
fn judge(member: &str, paths: &[&Path]) -> Vec<String> {
    let documents = documents(member);
    let needed = documents.iter().chain(LICENCES).chain(&["Cargo.toml", "src/lib.rs"]);
    let missing = needed.filter(|name| !paths.contains(&Path::new(name)));
    let missing = missing.map(|name| format!("{name} is missing"));
    let stray = paths.iter().filter(|path| !belongs(path, documents));
    missing.chain(stray.map(|path| format!("{} is stray", path.display()))).collect()
}

/// The documents of a crate. The macros share the core's changelog.
fn documents(member: &str) -> &'static [&'static str] {
    if member == DERIVE { &["README.md"] } else { &["README.md", "CHANGELOG.md"] }
}

fn belongs(path: &Path, documents: &[&str]) -> bool {
    let is_in = |folder: &str, extensions: &[&str]| {
        let extension = path.extension().and_then(OsStr::to_str);
        path.starts_with(folder) && extension.is_some_and(|extension| extensions.contains(&extension))
    };
    let mut names = documents.iter().chain(LICENCES).chain(BY_CARGO);
    is_in("src", SOURCE) || is_in("page", PAGE) || names.any(|name| path == Path::new(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::workspace::CORE;

    const COMPLETE: &[&str] = &[
        ".cargo_vcs_info.json",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "Cargo.toml.orig",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "page/index.html",
        "page/main.js",
        "src/io/socket.rs",
        "src/lib.rs",
    ];

    fn judged(member: &str, names: &[&str]) -> Vec<String> {
        let paths: Vec<&Path> = names.iter().map(Path::new).collect();
        judge(member, &paths)
    }

    fn without(name: &str) -> Vec<&'static str> {
        COMPLETE.iter().copied().filter(|other| *other != name).collect()
    }

    #[test]
    fn a_complete_tarball_is_fine() {
        assert!(judged(CORE, COMPLETE).is_empty());
        assert!(judged(CORE, &without(".cargo_vcs_info.json")).is_empty());
    }

    #[test]
    fn each_document_is_missed() {
        for name in ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "src/lib.rs"] {
            assert_eq!(judged(CORE, &without(name)), [format!("{name} is missing")]);
        }
        assert!(judged(DERIVE, &without("CHANGELOG.md")).is_empty());
    }

    #[test]
    fn what_is_neither_source_nor_document_is_stray() {
        for name in [
            "tests/driver.rs",
            "src/io.rs.orig",
            "src/notes.txt",
            "page/main.test.mjs",
            "src/a.js",
            "notes.md",
            ".gitignore",
        ] {
            assert_eq!(judged(CORE, &[COMPLETE, &[name]].concat()), [format!("{name} is stray")]);
        }
    }
}
