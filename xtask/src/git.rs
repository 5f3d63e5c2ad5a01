//! Running git, and the versions that it has tags for.

use std::path::Path;

use semver::Version;

use crate::program;

/// Runs git and returns what it wrote to standard output.
pub(crate) fn output(root: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    program::output(&mut program::command("git", root, arguments))
}

/// The tag of a crate's version. It has the crate's name without a prefix.
pub(crate) fn tag(name: &str, version: &Version) -> String {
    format!("{name}-v{version}")
}

/// The released versions of a crate, which are those that have a tag. The oldest comes first.
pub(crate) fn released(root: &Path, name: &str) -> anyhow::Result<Vec<Version>> {
    let tags = output(root, &["tag", "--list", &format!("{name}-v*")])?;
    Ok(versions(&tags, name))
}

fn versions(tags: &str, name: &str) -> Vec<Version> {
    let versions = tags.lines().filter_map(|tag| tag.strip_prefix(name)?.strip_prefix("-v"));
    let mut versions: Vec<Version> = versions.filter_map(|version| Version::parse(version).ok()).collect();
    versions.sort();
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_the_order_of_releases_not_of_letters() {
        let tags = "a-v0.10.0\na-v0.9.0\na-v0.10.0-rc.1\na-vague\na-v2\na-b-v7.0.0\n";
        let found: Vec<String> = versions(tags, "a").iter().map(ToString::to_string).collect();
        assert_eq!(found, ["0.9.0", "0.10.0-rc.1", "0.10.0"]);
    }
}
