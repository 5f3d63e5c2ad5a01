//! Each version is released once, after all lower versions.

use super::{Release, Verdict, verdict};

pub(super) fn look(release: &Release<'_>) -> anyhow::Result<Verdict> {
    let Release { member, tag, earlier, .. } = release;
    let mut reasons = Vec::new();
    if earlier.contains(&member.version) {
        reasons.push(format!("the tag {tag} exists: raise the version in the manifest"));
    } else if let Some(last) = earlier.last().filter(|last| **last > member.version) {
        reasons.push(format!("{} is lower than {last}, which has been released", member.version));
    }
    let otherwise = match earlier.last() {
        Some(last) => format!("{last} was the last"),
        None => "it is the first".to_owned(),
    };
    Ok(verdict(reasons, otherwise))
}
