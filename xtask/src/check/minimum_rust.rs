//! The READMEs and the tutorial repeat the minimum Rust version of the manifest, as "Rust 1.NN".

use anyhow::Context;

use super::report;
use crate::workspace::{Workspace, read};

pub(super) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let version = workspace
        .manifest
        .string(&["workspace", "package", "rust-version"])
        .context("the workspace's manifest has no rust-version")?;
    let readme = workspace.root.join("README.md");
    let mut findings = Vec::new();
    if versions(&read(&readme)?).is_empty() {
        findings.push(format!("README.md does not say \"Rust {version}\""));
    }
    let others = workspace.members.iter().map(|member| member.folder.join("README.md"));
    let tutorial = workspace.root.join("docs/src/start/hello.md");
    for path in [readme].into_iter().chain(others.chain([tutorial]).filter(|path| path.exists())) {
        for found in versions(&read(&path)?).into_iter().filter(|found| *found != version) {
            let shown = workspace.shown(&path);
            findings.push(format!("{shown} says \"Rust {found}\", the manifest says {version}"));
        }
    }
    report(&findings)
}

/// The versions in a text's mentions of "Rust 1.NN".
fn versions(text: &str) -> Vec<String> {
    text.split("Rust ")
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect::<String>())
        .map(|version| version.trim_end_matches('.').to_owned())
        .filter(|version| version.starts_with("1."))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_end_where_the_sentence_does() {
        assert_eq!(
            versions("Needs Rust 1.88. Rust 1.90.1, too; not Rust 2024 or Rust code."),
            ["1.88", "1.90.1"]
        );
    }

    #[test]
    fn a_text_without_a_version_has_none() {
        assert!(versions("Written in Rust.").is_empty());
    }
}
