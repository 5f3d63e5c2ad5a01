//! The prefix that the packages' names have on the registry.
//!
//! A registry holds a name once, and takes `-` and `_` for the same. Where a name of ours is taken, all packages
//! are published with one prefix, which is set in one place: a line of the workspace's manifest. It is not in the
//! workspace's own manifests, nor in the libraries' names, so no code changes with it.

use anyhow::{Context, bail};

use crate::workspace::Workspace;

const KEY: &[&str] = &["workspace", "metadata", "release", "prefix"];

/// What is before a package's name on the registry: nothing, or a word with a dash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prefix(String);

impl Prefix {
    /// The one that the workspace's manifest states.
    pub(crate) fn of(workspace: &Workspace) -> anyhow::Result<Self> {
        let prefix = workspace.manifest.string(KEY);
        Self::parse(prefix.with_context(|| format!("Cargo.toml has no string `{}`", KEY.join(".")))?)
    }

    pub(crate) fn none() -> Self {
        Self(String::new())
    }

    pub(crate) fn parse(prefix: &str) -> anyhow::Result<Self> {
        let is_word = prefix.strip_suffix('-').is_some_and(|word| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        });
        if !prefix.is_empty() && !is_word {
            bail!("the prefix \"{prefix}\" is not a word of small letters and digits with a `-` at its end");
        }
        Ok(Self(prefix.to_owned()))
    }

    /// The name on the registry of a member of the workspace.
    pub(crate) fn package(&self, member: &str) -> String {
        format!("{}{member}", self.0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_before_the_name() {
        assert_eq!(Prefix::parse("some-").unwrap().package("driver-x"), "some-driver-x");
        assert_eq!(Prefix::parse("").unwrap().package("driver-x"), "driver-x");
    }

    #[test]
    fn what_a_registry_or_a_reader_would_stumble_over_is_refused() {
        for prefix in ["some", "-", "Some-", "so_me-", "1-", "so me-"] {
            assert!(Prefix::parse(prefix).is_err(), "{prefix}");
        }
    }

    #[test]
    fn the_workspace_states_one() {
        Prefix::of(&Workspace::load().unwrap()).unwrap();
    }
}
