//! The registry has no crate of somebody else under the names that we need.
//!
//! A crate on the registry is ours if its manifest states our repository.

use std::env;

use anyhow::bail;

use super::{Release, Verdict, verdict};
use crate::cargo;
use crate::workspace::{Member, Workspace};

/// Asks crates.io even if cargo is configured to be offline. Offline, cargo would report every name as free.
const ASK: &[&str] =
    &["info", "--config", "net.offline=false", "--config", "net.retry=1", "--registry", "crates-io"];

const ADVICE: &str = "The registry takes `-` and `_` for the same, and gives a name once. What the owner can do is \
                      set a prefix for all packages, one line in the root's Cargo.toml: \
                      `[workspace.metadata.release] prefix = \"some-\"`. Programs go on to `use` the libraries by \
                      the names that they have now; `cargo xtask package` shows that all crates pack and build.";

/// A crate that the registry has.
#[derive(Debug, PartialEq, Eq)]
struct Held {
    name: String,
    /// The versions that `cargo info` shows: one, or that one and the latest.
    versions: String,
    repository: Option<String>,
}

pub(super) fn look(release: &Release<'_>) -> anyhow::Result<Verdict> {
    let Release { workspace, member, prefix, .. } = release;
    let mut reasons = Vec::new();
    let mut is_foreign = false;
    let ours = repository(workspace, member);
    if ours.is_none() {
        reasons.push(
            "the manifest states no `repository`, which is how a crate on the registry is recognized as ours"
                .to_owned(),
        );
    }
    let needed = needed(workspace, member);
    for other in &needed {
        let package = prefix.package(&other.name);
        match ask(&package) {
            Ok(Some(held)) if is_ours(&held, ours.as_deref()) => {
                if other.name == member.name && held.has(&member.version.to_string()) {
                    reasons.push(format!("the registry already has {package} {}", member.version));
                }
            }
            Ok(Some(held)) => {
                is_foreign = true;
                reasons.push(foreign(&package, &held));
            }
            Ok(None) => {}
            Err(error) => {
                reasons.push(format!("cannot ask the registry whether it has {package}: {error}"));
            }
        }
    }
    if is_foreign {
        reasons.push(ADVICE.to_owned());
    }
    Ok(verdict(reasons, format!("none of the {} names belongs to somebody else", needed.len())))
}

/// The repository that a crate's manifest states, or inherits.
fn repository(workspace: &Workspace, member: &Member) -> Option<String> {
    let own = member.manifest.get(&["package", "repository"])?;
    let stated = own.as_str().or_else(|| workspace.manifest.string(&["workspace", "package", "repository"]));
    stated.map(str::to_owned)
}

/// The crate and all crates of this workspace that it depends on, directly or indirectly.
fn needed<'a>(workspace: &'a Workspace, member: &'a Member) -> Vec<&'a Member> {
    let mut needed = vec![member];
    let mut next = 0;
    while let Some(member) = needed.get(next) {
        let dependencies = member.manifest.dependencies();
        let published = dependencies.iter().filter(|dependency| dependency.version.is_some());
        for other in published.filter_map(|dependency| workspace.member(&dependency.package)) {
            if !needed.iter().any(|known| known.name == other.name) {
                needed.push(other);
            }
        }
        next += 1;
    }
    needed
}

fn is_ours(held: &Held, ours: Option<&str>) -> bool {
    let plain = |address: &str| address.trim_end_matches('/').trim_end_matches(".git").to_lowercase();
    held.repository.as_deref().map(plain).is_some_and(|repository| Some(repository) == ours.map(plain))
}

fn foreign(package: &str, held: &Held) -> String {
    let Held { name, versions, repository } = held;
    let repository = repository.as_deref().unwrap_or("none");
    format!(
        "the registry has a crate under the name {package} that is not ours: {name} {versions}, whose \
         repository is {repository}"
    )
}

/// The crate that the registry has under a name, or under one that it treats as the same.
fn ask(package: &str) -> anyhow::Result<Option<Held>> {
    // Run it outside the workspace: inside, cargo would show the workspace's own crate.
    let mut command = cargo::command(&env::temp_dir(), ASK);
    let output = command.arg(package).output()?;
    if output.status.success() {
        return parse(&String::from_utf8_lossy(&output.stdout)).map(Some);
    }
    let error = String::from_utf8_lossy(&output.stderr);
    if error.contains(&format!("could not find `{package}` in registry")) {
        return Ok(None);
    }
    bail!("{}", error.trim().lines().last().unwrap_or("cargo printed no error").trim());
}

/// Parses the output of `cargo info`.
fn parse(shown: &str) -> anyhow::Result<Held> {
    let field = |name: &str| {
        let mut values = shown.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        values.next().map(|value| value.trim().to_owned())
    };
    let name = shown.split_whitespace().next();
    let (Some(name), Some(versions)) = (name, field("version")) else {
        bail!("the output of `cargo info` is not understood: {shown}");
    };
    Ok(Held { name: name.to_owned(), versions, repository: field("repository") })
}

impl Held {
    fn has(&self, version: &str) -> bool {
        self.versions.split([' ', '(', ')']).any(|word| word == version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: &str = "\
some_core #actor
A crate
version: 0.1.0 (latest 0.2.0)
license: MIT
rust-version: unknown
repository: https://example.org/Them/Core.git
crates.io: https://crates.io/crates/some_core/0.1.0
";

    #[test]
    fn what_cargo_shows_of_a_crate_is_read() {
        let held = parse(SHOWN).unwrap();
        assert_eq!(held.name, "some_core");
        assert_eq!(held.repository.as_deref(), Some("https://example.org/Them/Core.git"));
        assert!(held.has("0.1.0") && held.has("0.2.0") && !held.has("0.1"));
        assert!(parse("error").is_err());
    }

    #[test]
    fn a_crate_is_ours_if_it_states_our_repository() {
        let held = parse(SHOWN).unwrap();
        assert!(is_ours(&held, Some("https://example.org/them/core/")));
        assert!(!is_ours(&held, Some("https://example.org/us/core")));
        assert!(!is_ours(&held, None), "nothing shows it");
        let silent = Held { repository: None, ..held };
        assert!(!is_ours(&silent, Some("https://example.org/us/core")) && !is_ours(&silent, None));
    }
}
