//! The prefix that the packages' names have on the registry.
//!
//! A registry gives each name to one crate, and treats `-` and `_` as the same. If somebody else has one of our names, all
//! packages are published with a prefix. It is set in one line of the workspace's manifest. The names of the libraries and
//! the members' manifests do not have it, so no code changes.

use anyhow::{Context, bail};

use crate::workspace::Workspace;

const KEY: &[&str] = &["workspace", "metadata", "release", "prefix"];

/// The text before a package's name on the registry: empty, or a word that ends with a dash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prefix(String);

impl Prefix {
    /// The prefix in the workspace's manifest.
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
            bail!(
                "the prefix \"{prefix}\" is not a word of lower-case letters and digits that ends with `-`"
            );
        }
        Ok(Self(prefix.to_owned()))
    }

    /// The name that a member of the workspace has on the registry.
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
