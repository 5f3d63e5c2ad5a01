//! The Rust code in the book is part of files that are compiled and tested.
//!
//! The comment before a block names a file: `<!-- file: docs/programs/tests/recipes/ask.rs -->`. The block has to be a
//! run of whole lines of that file, except for indentation, and the file has to be a module of some target.

use std::fs;
use std::path::Path;

use super::page::{Block, Page};

pub(super) fn findings(root: &Path, page: &Page) -> Vec<String> {
    let finding = |block: &Block| Some(page.finding(block.line, &wrong(root, block)?));
    page.blocks.iter().filter_map(finding).collect()
}

/// What is wrong with a block, if anything is.
fn wrong(root: &Path, block: &Block) -> Option<String> {
    match (block.language.to_lowercase().as_str(), &block.source) {
        ("", _) => Some("the block does not name its language".to_owned()),
        ("rust" | "rs", None) => Some(
            "the Rust block has no line `<!-- file: PATH -->` before it, which names the file that it is a part of"
                .to_owned(),
        ),
        ("rust" | "rs", Some(source)) => wrong_source(root, source, &block.text),
        _ => None,
    }
}

fn wrong_source(root: &Path, source: &str, block: &str) -> Option<String> {
    let Ok(text) = fs::read_to_string(root.join(source)) else {
        return Some(format!("the block is said to be a part of {source}, which does not exist"));
    };
    if !is_compiled(root, Path::new(source)) {
        return Some(format!("the block is a part of {source}, which is not a module of any target"));
    }
    let (lines, shown): (Vec<&str>, Vec<&str>) = (text.lines().collect(), block.lines().collect());
    if shown.is_empty() {
        return Some(format!("the block of {source} is empty"));
    }
    let wanted = dedented(&shown);
    if lines.windows(shown.len()).any(|run| dedented(run) == wanted) {
        return None;
    }
    let missing = shown.iter().find(|line| !lines.iter().any(|found| found.trim() == line.trim()));
    Some(match missing {
        Some(line) => format!("the block is not a part of {source}: the file has no line `{}`", line.trim()),
        None => format!(
            "the block is not a part of {source}: the file has its lines, but not in one run, or with other indentation"
        ),
    })
}

/// The lines without the indentation that all of them share. Blank lines do not count.
fn dedented<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let filled = lines.iter().filter(|line| !line.trim().is_empty());
    let indentation = filled.map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    lines.iter().map(|line| line.get(indentation..).unwrap_or_default().trim_end()).collect()
}

/// Whether a file is the root of a target, or a module of the file above it. The file above is not checked itself.
fn is_compiled(root: &Path, file: &Path) -> bool {
    let (Some(folder), Some(name)) = (file.parent(), file.file_stem().and_then(|name| name.to_str())) else {
        return false;
    };
    let is_root = ["main", "lib"].contains(&name)
        || ["src/bin", "tests", "examples", "benches"].iter().any(|targets| folder.ends_with(targets));
    let declaration = format!("mod {name};");
    let above = ["main.rs", "lib.rs", "mod.rs"].map(|name| folder.join(name));
    let mut above = above.into_iter().chain([folder.with_extension("rs")]);
    is_root
        || above.any(|path| {
            let text = fs::read_to_string(root.join(path)).unwrap_or_default();
            text.lines().any(|line| line.ends_with(&declaration))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_indentation_is_left_out_and_the_rest_stays() {
        assert_eq!(dedented(&["    a {", "", "        b", "    }"]), ["a {", "", "    b", "}"]);
        assert_eq!(dedented(&["a {", "    b", "}"]), ["a {", "    b", "}"]);
        assert_ne!(dedented(&["    a {", "    b"]), dedented(&["a {", "    b"]));
    }

    #[test]
    fn a_file_is_compiled_as_a_target_or_as_a_module() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for file in [
            "xtask/src/main.rs",
            "xtask/src/docs.rs",
            "xtask/src/docs/code.rs",
            "xtask/tests/commands/docs.rs",
        ] {
            assert!(is_compiled(root, Path::new(file)), "{file}");
        }
        assert!(!is_compiled(root, Path::new("xtask/src/docs/stray.rs")));
    }
}
