//! A release that breaks its users has a version that says so.

use super::{Release, Verdict};
use crate::workspace::DERIVE;
use crate::{cargo, git, program};

const INSTALL: &str = "cargo-semver-checks is missing, which compares the crate with its last release: run \
                       `cargo install --locked cargo-semver-checks`";

pub(super) fn look(release: &Release<'_>) -> anyhow::Result<Verdict> {
    let Release { workspace, member, earlier, .. } = release;
    let Some(last) = earlier.last() else {
        return Ok(Verdict::Fine("there is no earlier release to compare it with".to_owned()));
    };
    if member.name == DERIVE {
        return Ok(Verdict::Fine("not checked: no tool compares macros".to_owned()));
    }
    let has_tool =
        cargo::command(&workspace.root, &["semver-checks", "--version"]).output()?.status.success();
    if !has_tool {
        return Ok(Verdict::Blocks(vec![INSTALL.to_owned()]));
    }
    let tag = git::tag(&member.name, last);
    let arguments = ["semver-checks", "--package", &member.name, "--baseline-rev", &tag];
    match program::run(&mut cargo::command(&workspace.root, &arguments)) {
        Ok(()) => Ok(Verdict::Fine(format!("nothing breaks for users of {last}"))),
        Err(error) => {
            Ok(Verdict::Blocks(vec![format!("the changes since {tag} need another version: {error}")]))
        }
    }
}
