//! The workspace and its member crates, as their manifests describe them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use semver::Version;

use crate::manifest::Manifest;

/// The core's name.
pub(crate) const CORE: &str = "marketplace-core";

/// The name of the core's procedural macros. They belong to the core, but cargo requires a crate of their own.
pub(crate) const DERIVE: &str = "marketplace-core-derive";

/// The name of the crate for tests.
pub(crate) const TESTING: &str = "marketplace-testing";

/// The workspace: its root folder, its root manifest, its members.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) manifest: Manifest,
    pub(crate) members: Vec<Member>,
}

/// One crate of the workspace.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) version: Version,
    pub(crate) folder: PathBuf,
    pub(crate) manifest: Manifest,
}

impl Workspace {
    /// Reads the manifests of the workspace that this program belongs to.
    pub(crate) fn load() -> anyhow::Result<Self> {
        // Cargo sets the variable for each run. Without cargo, use the folder that the program was built in.
        let here = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        Self::at(Path::new(&here).parent().context("xtask has no parent folder")?)
    }

    /// Reads the manifests of the workspace in this folder.
    pub(crate) fn at(root: &Path) -> anyhow::Result<Self> {
        let manifest = Manifest::load(&root.join("Cargo.toml"))?;
        let folders = manifest.strings(&["workspace", "members"]);
        let members = folders
            .iter()
            .map(|folder| Member::load(root.join(folder)))
            .collect::<anyhow::Result<Vec<Member>>>()?;
        if members.is_empty() {
            bail!("{}: no workspace members", root.display());
        }
        Ok(Self { root: root.to_owned(), manifest, members })
    }

    /// The members that are published.
    pub(crate) fn published(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.is_published())
    }

    /// The member of this name.
    pub(crate) fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    /// An empty folder of this name to work in. Its contents are kept until the next run.
    pub(crate) fn scratch(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.root.join("target/xtask").join(name);
        let shown = || folder.display().to_string();
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(shown)?;
        }
        fs::create_dir_all(&folder).with_context(shown)?;
        Ok(folder)
    }

    /// Where cargo puts what it builds here.
    pub(crate) fn target(&self) -> PathBuf {
        self.root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
    }

    /// A path as messages show it: relative to the root.
    pub(crate) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

impl Member {
    fn load(folder: PathBuf) -> anyhow::Result<Self> {
        let path = folder.join("Cargo.toml");
        Self::new(folder, Manifest::load(&path)?).with_context(|| path.display().to_string())
    }

    pub(crate) fn new(folder: PathBuf, manifest: Manifest) -> anyhow::Result<Self> {
        let name = manifest.string(&["package", "name"]).context("the package has no name")?.to_owned();
        let version = manifest.string(&["package", "version"]).context("the package has no version")?;
        let version = Version::parse(version).with_context(|| format!("the version {version}"))?;
        Ok(Self { name, version, folder, manifest })
    }

    pub(crate) fn is_published(&self) -> bool {
        self.manifest.get(&["package", "publish"]).is_none_or(|publish| publish.as_bool() != Some(false))
    }

    /// The name of the library, as code writes it.
    pub(crate) fn library(&self) -> String {
        self.name.replace('-', "_")
    }

    pub(crate) fn is_driver(&self) -> bool {
        self.name.starts_with("driver-")
    }
}

/// The files of a folder and of the folders below it, sorted by path.
pub(crate) fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            paths.extend(files(&path)?);
        } else {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
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
        assert!(workspace.member("xtask").is_some());
        assert!(!published.contains(&"xtask"), "{published:?}");
    }
}
