//! A fake cargo that uses no registry. It reads its answers from files, and writes down what it should publish.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::repository::{Outcome, Repository};

/// Reads the answers about crates from `registry/NAME`, and those about compatibility from `semver-checks`. Writes to
/// `published`. Without the folder `registry`, the registry cannot be reached.
const SCRIPT: &str = r#"#!/bin/sh
here=$(dirname "$0")
command=$1
for last; do :; done
case $command in
info)
    if [ ! -d "$here/registry" ]; then
        echo "error: [6] Could not resolve hostname" >&2
        exit 101
    elif [ -f "$here/registry/$last" ]; then
        cat "$here/registry/$last"
    else
        echo "error: could not find \`$last\` in registry \`somewhere\`" >&2
        exit 101
    fi ;;
publish)
    echo "$@" >>"$here/published" ;;
semver-checks)
    [ -f "$here/semver-checks" ] && { [ "$last" = --version ] || sh "$here/semver-checks"; } ;;
esac
"#;

/// A repository with such a cargo beside it.
pub(crate) struct Registry {
    pub(crate) repository: Repository,
    folder: std::path::PathBuf,
}

impl Registry {
    pub(crate) fn new(name: &str) -> Self {
        let repository = Repository::new(name);
        let folder = repository.root.join("target/fake");
        fs::create_dir_all(folder.join("registry")).expect("a registry");
        fs::write(folder.join("cargo"), SCRIPT).expect("a cargo");
        fs::set_permissions(folder.join("cargo"), fs::Permissions::from_mode(0o755)).expect("a program");
        Self { repository, folder }
    }

    /// Puts a crate of this name on the registry.
    pub(crate) fn hold(&self, package: &str, shown: &str) {
        fs::write(self.folder.join("registry").join(package), shown).expect(package);
    }

    pub(crate) fn disconnect(&self) {
        fs::remove_dir_all(self.folder.join("registry")).expect("a registry");
    }

    /// Installs a tool that compares releases, and that runs this script.
    pub(crate) fn compare(&self, script: &str) {
        fs::write(self.folder.join("semver-checks"), script).expect("a tool");
    }

    pub(crate) fn release(&self, arguments: &[&str]) -> Outcome {
        let cargo = self.folder.join("cargo");
        self.repository.xtask_by(cargo.to_str().expect("text"), &[&["release"], arguments].concat())
    }

    /// The runs of `cargo publish`, one on each line.
    pub(crate) fn published(&self) -> String {
        fs::read_to_string(self.folder.join("published")).unwrap_or_default()
    }
}
