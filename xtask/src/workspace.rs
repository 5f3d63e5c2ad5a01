//! The workspace and its member crates, as their manifests describe them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::manifest;

/// The core's name.
pub(crate) const CORE: &str = "marketplace-core";

/// The name of the core's procedural macros: a part of the core that cargo wants in a crate of its own.
pub(crate) const DERIVE: &str = "marketplace-core-derive";

/// The workspace: its root folder, its root manifest, its members.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) manifest: String,
    pub(crate) members: Vec<Member>,
}

/// One crate of the workspace.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) manifest: String,
}

impl Workspace {
    /// Reads the manifests.
    pub(crate) fn load() -> anyhow::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no parent folder")?;
        let manifest = read(&root.join("Cargo.toml"))?;
        let members = manifest::value(&manifest, "workspace", "members").context("no workspace members")?;
        let members = manifest::strings(&members)
            .iter()
            .map(|folder| Member::load(root.join(folder)))
            .collect::<anyhow::Result<_>>()?;
        Ok(Self { root: root.to_owned(), manifest, members })
    }

    /// The members that go to the registry.
    pub(crate) fn published(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.is_published())
    }

    /// A path as messages show it: below the root.
    pub(crate) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

impl Member {
    fn load(folder: PathBuf) -> anyhow::Result<Self> {
        let path = folder.join("Cargo.toml");
        let manifest = read(&path)?;
        let name = manifest::value(&manifest, "package", "name")
            .and_then(|value| manifest::strings(&value).pop())
            .with_context(|| format!("{}: the package has no name", path.display()))?;
        Ok(Self { name, folder, manifest })
    }

    /// The value of a key of `[package]`.
    pub(crate) fn key(&self, key: &str) -> Option<String> {
        manifest::value(&self.manifest, "package", key)
    }

    pub(crate) fn is_published(&self) -> bool {
        self.key("publish").is_none_or(|value| value != "false")
    }

    pub(crate) fn is_driver(&self) -> bool {
        self.name.starts_with("driver-")
    }
}

/// Reads a text file. The error names it.
pub(crate) fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_has_its_core_and_does_not_publish_this_crate() {
        let workspace = Workspace::load().unwrap();
        let published: Vec<&str> = workspace.published().map(|member| member.name.as_str()).collect();
        assert!(published.contains(&CORE) && published.contains(&DERIVE), "{published:?}");
        assert!(workspace.members.iter().any(|member| member.name == "xtask"));
        assert!(!published.contains(&"xtask"), "{published:?}");
    }
}
