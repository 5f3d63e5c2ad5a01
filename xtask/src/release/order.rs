//! What a crate needs of this workspace is released before it.

use super::{Release, Verdict, verdict};
use crate::floor::lowest;
use crate::git;

/// Whether a user who has the crate can have the oldest version of each neighbour that it accepts.
pub(super) fn look(release: &Release<'_>) -> anyhow::Result<Verdict> {
    let Release { workspace, member, .. } = release;
    let mut reasons = Vec::new();
    let mut found = Vec::new();
    for dependency in member.manifest.dependencies() {
        let name = &dependency.package;
        // Without a version it is not in what is published.
        let Some(requirement) = dependency.version.filter(|_| workspace.member(name).is_some()) else {
            continue;
        };
        let version = lowest(&requirement)?;
        if git::released(&workspace.root, name)?.contains(&version) {
            found.push(format!("{name} {version}"));
        } else {
            let tag = git::tag(name, &version);
            reasons.push(format!(
                "{name} {version} is to be released first, which it needs: there is no tag {tag}"
            ));
        }
    }
    let otherwise = if found.is_empty() { "it needs no other crate".to_owned() } else { found.join(", ") };
    Ok(verdict(reasons, otherwise))
}
