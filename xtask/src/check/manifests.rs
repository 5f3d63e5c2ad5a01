//! Who depends on whom, and what a published crate says of itself.
//!
//! A driver depends on the core and on no other crate of this workspace; the core on no driver and on no
//! async runtime. Dev-dependencies count for the first two: what tests several crates lives in `examples`.

use super::{RUNTIMES, report};
use crate::cargo;
use crate::manifest;
use crate::workspace::{CORE, DERIVE, Member, Workspace};

const KEYS: &[&str] = &["description", "license", "readme", "keywords", "include"];

const DRIVER_KEYWORD: &str = "marketplace-driver";

pub(super) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let mut findings = Vec::new();
    for member in workspace.published() {
        findings.extend(missing_metadata(member));
        let direct = dependencies(workspace, member, &["--edges", "normal,build,dev", "--depth", "1"])?;
        findings.extend(forbidden_neighbours(workspace, member, &direct));
        if !member.is_driver() {
            let all = dependencies(workspace, member, &["--edges", "normal,build"])?;
            findings.extend(runtimes(member, &all));
        }
    }
    report(&findings)
}

fn missing_metadata(member: &Member) -> Vec<String> {
    let name = &member.name;
    let mut findings: Vec<String> = KEYS
        .iter()
        .filter(|key| member.key(key).is_none())
        .map(|key| format!("{name}: the manifest has no `{key}`"))
        .collect();
    let keywords = member.key("keywords").unwrap_or_default();
    if member.is_driver() && !manifest::strings(&keywords).iter().any(|keyword| keyword == DRIVER_KEYWORD) {
        findings.push(format!("{name}: the keywords do not have `{DRIVER_KEYWORD}`"));
    }
    findings
}

fn forbidden_neighbours(workspace: &Workspace, member: &Member, dependencies: &[String]) -> Vec<String> {
    let allowed = allowed_neighbours(member);
    workspace
        .members
        .iter()
        .filter(|other| dependencies.contains(&other.name) && !allowed.contains(&other.name.as_str()))
        .map(|other| format!("{} depends on {}", member.name, other.name))
        .collect()
}

/// The crates of the workspace that this one may name in its manifest.
fn allowed_neighbours(member: &Member) -> &'static [&'static str] {
    match member.name.as_str() {
        CORE => &[DERIVE],
        DERIVE => &[],
        _ => &[CORE],
    }
}

fn runtimes(member: &Member, dependencies: &[String]) -> Vec<String> {
    dependencies
        .iter()
        .filter(|name| RUNTIMES.contains(&name.as_str()))
        .map(|name| format!("{} depends on the runtime crate {name}", member.name))
        .collect()
}

/// The names of what a crate depends on, with all of its features, on this platform.
fn dependencies(workspace: &Workspace, member: &Member, options: &[&str]) -> anyhow::Result<Vec<String>> {
    let mut arguments = vec!["tree", "--locked", "-p", &member.name, "--all-features"];
    arguments.extend(["--prefix", "none", "--format", "{p}"]);
    arguments.extend(options);
    let tree = cargo::output(&workspace.root, &arguments)?;
    Ok(names(&tree, &member.name))
}

/// The package names in the output of `cargo tree --prefix none --format {p}`, the root's own left out.
pub(super) fn names(tree: &str, root: &str) -> Vec<String> {
    let mut names: Vec<String> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| !name.starts_with('[') && *name != root)
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, manifest: &str) -> Member {
        Member { name: name.to_owned(), folder: name.into(), manifest: manifest.to_owned() }
    }

    fn workspace() -> Workspace {
        let members = [CORE, DERIVE, "driver-a", "driver-b", "examples"].map(|name| member(name, ""));
        Workspace { root: "/w".into(), manifest: String::new(), members: members.into() }
    }

    fn neighbours(name: &str, dependencies: &[&str]) -> Vec<String> {
        let dependencies: Vec<String> = dependencies.iter().map(|&name| name.to_owned()).collect();
        forbidden_neighbours(&workspace(), &member(name, ""), &dependencies)
    }

    #[test]
    fn names_are_the_first_words_of_a_tree_without_its_root_and_headings() {
        let tree = "a v0.1.0 (/w/a)\nslab v0.4.11\na-derive v0.1.0 (proc-macro) (/w/d)\nslab v0.4.11 (*)\n\
                    [dev-dependencies]\nbytes v1.10.0\n\n";
        assert_eq!(names(tree, "a"), ["a-derive", "bytes", "slab"]);
    }

    #[test]
    fn a_driver_may_depend_on_the_core_alone() {
        assert!(neighbours("driver-a", &["anyhow", CORE]).is_empty());
        assert_eq!(neighbours("driver-a", &[CORE, "driver-b"]), ["driver-a depends on driver-b"]);
        assert_eq!(neighbours("driver-a", &[DERIVE]).len(), 1);
    }

    #[test]
    fn the_core_may_depend_on_its_derive_alone() {
        assert!(neighbours(CORE, &["bytes", DERIVE]).is_empty());
        assert_eq!(neighbours(CORE, &["driver-a", "examples"]).len(), 2);
        assert_eq!(neighbours(DERIVE, &[CORE]).len(), 1);
    }

    #[test]
    fn a_runtime_is_found_by_its_whole_name() {
        let dependencies = ["futures", "smol", "smol_str", "tokio"].map(str::to_owned);
        assert_eq!(runtimes(&member(CORE, ""), &dependencies).len(), 2);
    }

    #[test]
    fn missing_keys_and_the_missing_driver_keyword_are_named() {
        let manifest = "[package]\ndescription = \"d\"\nlicense.workspace = true\nkeywords = [\"a\"]\n";
        let findings = missing_metadata(&member("driver-a", manifest));
        assert_eq!(findings.len(), 3, "{findings:?}");
        let manifest = "[package]\ndescription = \"d\"\nlicense = \"MIT\"\nreadme = \"README.md\"\n\
                        keywords = [\"marketplace-driver\"]\ninclude = [\"src/**\"]\n";
        assert!(missing_metadata(&member("driver-a", manifest)).is_empty());
    }
}
