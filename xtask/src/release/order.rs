//! The crates of this workspace that a crate depends on are released before it.

use super::{Release, Verdict, verdict};
use crate::floor::lowest;
use crate::git;

/// Whether the oldest accepted version of each of these dependencies is released.
pub(super) fn look(release: &Release<'_>) -> anyhow::Result<Verdict> {
    let Release { workspace, member, .. } = release;
    let mut reasons = Vec::new();
    let mut found = Vec::new();
    for dependency in member.manifest.dependencies() {
        let name = &dependency.package;
        // A dependency without a version is not in the published crate.
        let Some(requirement) = dependency.version.filter(|_| workspace.member(name).is_some()) else {
            continue;
        };
        let version = lowest(&requirement)?;
        if git::released(&workspace.root, name)?.contains(&version) {
            found.push(format!("{name} {version}"));
        } else {
            let tag = git::tag(name, &version);
            reasons.push(format!(
                "{name} {version} must be released first, because this crate depends on it: there is no tag {tag}"
            ));
        }
    }
    let otherwise = if found.is_empty() { "it needs no other crate".to_owned() } else { found.join(", ") };
    Ok(verdict(reasons, otherwise))
}
