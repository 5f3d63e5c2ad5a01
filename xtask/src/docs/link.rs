//! A relative link leads to something that exists, and an anchor to a heading.
//!
//! Links to other sites are not checked. A link from the book to a file outside the book is an error, because mdBook
//! does not include that file.

use std::path::{Component, Path, PathBuf};

use super::page::{Link, Page, Target};
use super::pages::{Pages, is_in_book};

pub(super) fn findings(root: &Path, pages: &Pages, page: &Page) -> Vec<String> {
    let finding = |link: &Link| Some(page.finding(link.line, &wrong(root, pages, page, &link.target)?));
    page.links.iter().filter_map(finding).collect()
}

/// What is wrong with a link, if anything is.
fn wrong(root: &Path, pages: &Pages, page: &Page, target: &Target) -> Option<String> {
    let target = match target {
        // A README is the documentation of a crate, in which rustdoc checks the names.
        Target::Undefined(_) if page.path.ends_with("README.md") => return None,
        Target::Undefined(name) => return Some(format!("the link [{name}] is not defined")),
        Target::Written(target) if is_elsewhere(target) => return None,
        Target::Written(target) => target,
    };
    let (file, anchor) =
        target.split_once('#').map_or((target.as_str(), None), |(file, anchor)| (file, Some(anchor)));
    let Some(path) = resolve(&page.path, file) else {
        return Some(format!("the link `{target}` leads out of the repository"));
    };
    if is_in_book(&page.path) && !is_in_book(&path) {
        return Some(format!("the link `{target}` leads out of the book: name the file as code instead"));
    }
    if !root.join(&path).exists() {
        return Some(format!("the link `{target}` leads to {}, which does not exist", path.display()));
    }
    let anchor = anchor?;
    let has_anchor = pages.get(&path).is_some_and(|page| page.anchors.iter().any(|found| found == anchor));
    (!has_anchor).then(|| format!("the link `{target}`: {} has no heading `#{anchor}`", path.display()))
}

/// Whether a link leads to another site or to an item of a crate.
fn is_elsewhere(target: &str) -> bool {
    target.contains("://") || target.starts_with("mailto:") || target.contains("::")
}

/// The path, below the root, that a link on this page leads to. An empty link leads to the page itself.
fn resolve(page: &Path, file: &str) -> Option<PathBuf> {
    if file.is_empty() {
        return Some(page.to_owned());
    }
    let mut path = page.parent()?.to_owned();
    for component in Path::new(file).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => path.pop().then_some(())?,
            Component::Normal(name) => path.push(name),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_resolved_from_the_folder_of_its_page() {
        let resolved = |file| resolve(Path::new("docs/src/ideas/crash.md"), file);
        assert_eq!(resolved("../start/hello.md"), Some("docs/src/start/hello.md".into()));
        assert_eq!(resolved("./turns.md"), Some("docs/src/ideas/turns.md".into()));
        assert_eq!(resolved(""), Some("docs/src/ideas/crash.md".into()));
        assert_eq!(resolved("../../../README.md"), Some("README.md".into()));
        assert_eq!((resolved("../../../../README.md"), resolved("/README.md")), (None, None));
    }
}
