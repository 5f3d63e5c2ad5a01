//! The changelog has an entry for the version, and nothing under `Unreleased`.

use semver::Version;

use super::{Release, Verdict, verdict};
use crate::workspace::{CORE, DERIVE, read};

const UNRELEASED: &str = "Unreleased";

pub(super) fn look(release: &Release<'_>) -> anyhow::Result<Verdict> {
    let Release { workspace, member, .. } = release;
    let core = workspace.member(CORE).filter(|_| member.name == DERIVE);
    let path = core.unwrap_or(member).folder.join("CHANGELOG.md");
    let shown = workspace.shown(&path);
    let reasons = judge(&read(&path)?, &member.version);
    let reasons = reasons.iter().map(|reason| format!("{shown} {reason}")).collect();
    Ok(verdict(reasons, format!("{shown} has an entry for {}", member.version)))
}

fn judge(changelog: &str, version: &Version) -> Vec<String> {
    let mut reasons = Vec::new();
    match entry(changelog, &version.to_string()) {
        None => reasons.push(format!("has no entry for {version}: replace the heading `{UNRELEASED}` by it")),
        Some("") => reasons.push(format!("has an empty entry for {version}")),
        Some(_) => {
            if entry(changelog, UNRELEASED).is_some_and(|text| !text.is_empty()) {
                reasons.push(format!("has changes under `{UNRELEASED}`, which would be in {version} too"));
            }
        }
    }
    reasons
}

/// The text under the heading that begins with this word, which may be in brackets. A date may follow the word.
fn entry<'a>(changelog: &'a str, word: &str) -> Option<&'a str> {
    let mut sections = changelog.split("\n## ").skip(1);
    sections.find_map(|section| {
        let (heading, text) = section.split_once('\n').unwrap_or((section, ""));
        let first = heading.split_whitespace().next()?;
        (first.trim_matches(['[', ']']) == word).then(|| text.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(changelog: &str) -> Vec<String> {
        judge(changelog, &Version::new(0, 1, 2))
    }

    #[test]
    fn an_entry_for_the_version_is_fine() {
        assert!(judged("# Changelog\n\n## 0.1.2\n\n- New.\n\n## 0.1.1\n\n- Old.\n").is_empty());
        assert!(judged("# Changelog\n\n## Unreleased\n\n## [0.1.2] - 2026-01-31\n\n- New.\n").is_empty());
    }

    #[test]
    fn changes_that_are_only_unreleased_are_no_entry() {
        let reasons = judged("# Changelog\n\n## Unreleased\n\n- 0.1.2 is near.\n\n## 0.1.20\n\n- Old.\n");
        assert_eq!(reasons.len(), 1, "{reasons:?}");
        assert!(reasons[0].contains("no entry for 0.1.2"), "{reasons:?}");
    }

    #[test]
    fn an_empty_entry_is_none() {
        assert_eq!(
            judged("# Changelog\n\n## 0.1.2\n\n## 0.1.1\n\n- Old.\n"),
            ["has an empty entry for 0.1.2"]
        );
    }

    #[test]
    fn changes_that_no_version_lists_block() {
        let reasons = judged("# Changelog\n\n## Unreleased\n\n- Newer.\n\n## 0.1.2\n\n- New.\n");
        assert_eq!(reasons.len(), 1, "{reasons:?}");
        assert!(reasons[0].contains("under `Unreleased`"), "{reasons:?}");
    }
}
