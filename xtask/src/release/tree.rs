//! Everything is committed, so that the tag has what is released.

use super::{Release, Verdict, verdict};
use crate::git;

pub(super) fn look(release: &Release<'_>) -> anyhow::Result<Verdict> {
    let changes = git::output(&release.workspace.root, &["status", "--porcelain"])?;
    let mut reasons = Vec::new();
    if !changes.is_empty() {
        let files = changes.lines().map(str::trim).collect::<Vec<_>>().join(", ");
        reasons.push(format!("there are uncommitted changes: {files}"));
    }
    Ok(verdict(reasons, "everything is committed"))
}
