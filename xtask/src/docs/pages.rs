//! All Markdown files of the repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::BOOK;
use super::page::Page;
use crate::git;
use crate::workspace::read;

/// The Markdown files that git has or would add, by their paths below the root.
pub(super) struct Pages(BTreeMap<PathBuf, Page>);

impl Pages {
    pub(super) fn load(root: &Path) -> anyhow::Result<Self> {
        let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.md"];
        let listed = git::output(root, &arguments)?;
        let mut pages = BTreeMap::new();
        // Git also lists a file that has been removed since the last commit.
        for path in listed.split_terminator('\0').map(PathBuf::from).filter(|path| root.join(path).exists()) {
            let text = read(&root.join(&path))?;
            pages.insert(path.clone(), Page::parse(path, &text));
        }
        Ok(Self(pages))
    }

    pub(super) fn get(&self, path: &Path) -> Option<&Page> {
        self.0.get(path)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Page> {
        self.0.values()
    }

    /// The pages of the book, and its table of contents.
    pub(super) fn book(&self) -> impl Iterator<Item = &Page> {
        self.all().filter(|page| is_in_book(&page.path))
    }
}

/// Whether a path below the root is in the folder that mdBook builds.
pub(super) fn is_in_book(path: &Path) -> bool {
    path.starts_with(BOOK)
}
