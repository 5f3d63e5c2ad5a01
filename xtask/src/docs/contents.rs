//! The book's table of contents lists every page once, every listed page exists, and no page is a stub.

use std::collections::BTreeSet;
use std::path::Path;

use super::BOOK;
use super::page::{Page, Target};
use super::pages::Pages;

/// A page with fewer words outside of headings and code is a stub.
const FEWEST_WORDS: usize = 20;

pub(super) fn findings(pages: &Pages) -> Vec<String> {
    let summary = Path::new(BOOK).join("SUMMARY.md");
    let Some(contents) = pages.get(&summary) else {
        return vec![format!("{} does not exist", summary.display())];
    };
    let mut listed = BTreeSet::new();
    let mut findings = Vec::new();
    for link in &contents.links {
        let Target::Written(target) = &link.target else { continue };
        if target.is_empty() {
            findings.push(contents.finding(link.line, "a chapter without a page"));
        } else if !listed.insert(Path::new(BOOK).join(target)) {
            findings.push(contents.finding(link.line, &format!("{target} is listed twice")));
        }
    }
    for page in pages.book().filter(|page| page.path != summary) {
        if !listed.contains(&page.path) {
            findings.push(page.finding(1, &format!("{} does not list this page", summary.display())));
        }
        findings.extend(stub(page));
    }
    findings
}

fn stub(page: &Page) -> Option<String> {
    let words = page.words;
    let finding = format!("a stub: {words} words outside of headings and code, fewer than {FEWEST_WORDS}");
    (words < FEWEST_WORDS).then(|| page.finding(1, &finding))
}
