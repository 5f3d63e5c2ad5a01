//! What is released is what is committed: its tag says so.

use super::{Release, Verdict, verdict};
use crate::git;

pub(super) fn look(release: &Release<'_>) -> anyhow::Result<Verdict> {
    let changes = git::output(&release.workspace.root, &["status", "--porcelain"])?;
    let mut reasons = Vec::new();
    if !changes.is_empty() {
        let files = changes.lines().map(str::trim).collect::<Vec<_>>().join(", ");
        reasons.push(format!("there are changes that are not committed: {files}"));
    }
    Ok(verdict(reasons, "all is committed"))
}
