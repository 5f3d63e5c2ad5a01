//! `cargo xtask docs`: checks the book in `docs` and the links of every Markdown file, then builds the book with mdBook.
//!
//! [`page`] reads a Markdown file, and [`pages`] finds all of them. The checks are [`code`] (the book shows the code
//! that is tested), [`contents`] (the book has every page that it lists, and no other) and [`link`]. [`mdbook`] builds
//! the book.

mod code;
mod contents;
mod link;
mod mdbook;
mod page;
mod pages;

use anyhow::bail;

use crate::workspace::Workspace;
use pages::Pages;

/// Where the book's pages are, below the root.
const BOOK: &str = "docs/src";

/// Checks the Markdown files of this workspace and builds the book.
pub(crate) fn run() -> anyhow::Result<()> {
    check(&Workspace::load()?)
}

/// Checks the Markdown files of a workspace and builds its book. The error lists everything that is wrong.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let pages = Pages::load(&workspace.root)?;
    let mut findings = contents::findings(&pages);
    for page in pages.all() {
        findings.extend(link::findings(&workspace.root, &pages, page));
    }
    for page in pages.book() {
        findings.extend(code::findings(&workspace.root, page));
    }
    if !findings.is_empty() {
        bail!("{}", findings.join("\n"));
    }
    mdbook::build(workspace)
}
