//! A third party's crate, outside the workspace, that depends on one of ours.

use std::fs;
use std::path::Path;

use anyhow::Context;
use toml_edit::{Array, DocumentMut, value};

use crate::cargo;
use crate::packed::{Packed, Patch};
use crate::workspace::{CORE, Workspace};

const MANIFEST: &str = "\
[package]
name = \"consumer\"
version = \"0.0.0\"
edition = \"2024\"

[workspace]

[dependencies]

[patch.crates-io]
";

/// A message of the third party. The code that the derive generates has to find the core, and the parts of serde that the
/// core re-exports, because this crate does not depend on serde.
const MESSAGE: &str = "
/// A message.
#[derive(Debug, marketplace_core::Message)]
#[message(serde)]
pub struct Greeting {
    /// The text.
    pub text: String,
}
";

/// Builds, below a folder, a crate that depends on a packed crate. Further dependencies come from the patches, or else from
/// the registry, in the versions of the workspace's lock file.
pub(crate) fn build(
    workspace: &Workspace,
    packed: &Packed<'_>,
    patches: &[Patch],
    folder: &Path,
) -> anyhow::Result<()> {
    let folder = folder.join("consumers").join(&packed.package);
    write(&folder.join("Cargo.toml"), &manifest(packed, patches)?)?;
    write(&folder.join("src/lib.rs"), &library(packed))?;
    let lock = workspace.root.join("Cargo.lock");
    fs::copy(&lock, folder.join("Cargo.lock")).with_context(|| lock.display().to_string())?;
    // Build in the workspace's target folder, which already has most of the dependencies.
    let target = workspace.target().display().to_string();
    cargo::run(&folder, &["build", "--quiet", "--target-dir", &target])
}

fn manifest(packed: &Packed<'_>, patches: &[Patch]) -> anyhow::Result<String> {
    let mut manifest: DocumentMut = MANIFEST.parse()?;
    manifest["dependencies"][&packed.package]["path"] = value(packed.folder.display().to_string());
    if packed.member.name == CORE {
        manifest["dependencies"][&packed.package]["features"] = value(Array::from_iter(["serde"]));
    }
    for patch in patches.iter().filter(|patch| patch.package != packed.package) {
        manifest["patch"]["crates-io"][&patch.package]["path"] = value(patch.folder.display().to_string());
    }
    Ok(manifest.to_string())
}

/// Code that uses the crate by the name of its library, which has no prefix.
fn library(packed: &Packed<'_>) -> String {
    let message = if packed.member.name == CORE { MESSAGE } else { "" };
    format!("//! A consumer.\n\nuse {} as _;\n{message}", packed.member.library())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = path.parent().context("a file without a folder")?;
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    fs::write(path, text).with_context(|| path.display().to_string())
}
