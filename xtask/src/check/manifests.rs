//! The dependencies between the crates, and the metadata of a published crate.
//!
//! A driver depends on the core and on no other crate of this workspace. The core depends on no driver and on no async
//! runtime. Other crates may have the crate for tests only as a dev-dependency. That crate itself needs the core, and the
//! relay to test drivers in nested VMs. Dev-dependencies count too: tests of several crates are in `examples`.

use super::{RUNTIMES, report};
use crate::cargo;
use crate::manifest::{Dependency, Kind};
use crate::workspace::{CORE, DERIVE, Member, TESTING, Workspace};

const KEYS: &[&str] = &["description", "license", "readme", "keywords", "include"];

/// The crates of the workspace that the crate for tests needs.
const NEEDED_FOR_TESTS: &[&str] = &[CORE, "driver-event-relay"];

const DRIVER_KEYWORD: &str = "marketplace-driver";

pub(super) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let mut findings = Vec::new();
    for member in workspace.published() {
        findings.extend(missing_metadata(member));
        findings.extend(forbidden_neighbours(workspace, member));
        // The crate for tests runs programs, so its `io` module needs a runtime.
        if !member.is_driver() && member.name != TESTING {
            findings.extend(runtimes(member, &dependencies(workspace, member)?));
        }
    }
    report(&findings)
}

fn missing_metadata(member: &Member) -> Vec<String> {
    let name = &member.name;
    let mut findings: Vec<String> = KEYS
        .iter()
        .filter(|key| member.manifest.get(&["package", key]).is_none())
        .map(|key| format!("{name}: the manifest has no `{key}`"))
        .collect();
    let keywords = member.manifest.strings(&["package", "keywords"]);
    if member.is_driver() && !keywords.contains(&DRIVER_KEYWORD) {
        findings.push(format!("{name}: the keywords do not have `{DRIVER_KEYWORD}`"));
    }
    findings
}

fn forbidden_neighbours(workspace: &Workspace, member: &Member) -> Vec<String> {
    let dependencies = member.manifest.dependencies();
    dependencies
        .iter()
        .filter(|dependency| workspace.member(&dependency.package).is_some())
        .filter_map(|dependency| forbidden(member, dependency))
        .collect()
}

/// What is wrong with a dependency on another crate of the workspace, if anything is.
fn forbidden(member: &Member, dependency: &Dependency) -> Option<String> {
    let Member { name, .. } = member;
    let Dependency { kind, package, version } = dependency;
    let is_for_tests = *kind == Kind::Dev && package == TESTING && name != DERIVE;
    if is_for_tests && NEEDED_FOR_TESTS.contains(&name.as_str()) && version.is_some() {
        // With a version, each of the two crates would have to be published before the other.
        return Some(format!("{name}: the dev-dependency on {package} must have a path and no version"));
    }
    let allowed = is_for_tests || allowed_neighbours(member).contains(&package.as_str());
    (!allowed).then(|| format!("{name} depends on {package}, in its {}", kind.table()))
}

/// The crates of the workspace that this crate may have in any table of its manifest.
fn allowed_neighbours(member: &Member) -> &'static [&'static str] {
    match member.name.as_str() {
        CORE => &[DERIVE],
        DERIVE => &[],
        TESTING => NEEDED_FOR_TESTS,
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

/// The names of all direct and indirect dependencies of a crate, with all of its features, on this platform.
fn dependencies(workspace: &Workspace, member: &Member) -> anyhow::Result<Vec<String>> {
    let mut arguments = vec!["tree", "--locked", "-p", &member.name, "--all-features"];
    arguments.extend(["--prefix", "none", "--format", "{p}", "--edges", "normal,build"]);
    let tree = cargo::output(&workspace.root, &arguments)?;
    Ok(names(&tree, &member.name))
}

/// The package names in the output of `cargo tree --prefix none --format {p}`, except that of the root.
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

    use crate::manifest::Manifest;

    /// A crate with this in its manifest, besides its name and version.
    fn member(name: &str, manifest: &str) -> Member {
        let manifest = format!("[package]\nname = {name:?}\nversion = \"0.1.0\"\n{manifest}");
        Member::new(name.into(), Manifest::parse(&manifest).unwrap()).unwrap()
    }

    fn workspace() -> Workspace {
        let members =
            [CORE, DERIVE, TESTING, RELAY, "driver-a", "driver-b", "examples"].map(|name| member(name, ""));
        Workspace { root: "/w".into(), manifest: Manifest::parse("").unwrap(), members: members.into() }
    }

    /// What is wrong with the neighbours of a crate whose manifest has this in a table.
    fn neighbours(name: &str, table: &str, dependencies: &[&str]) -> Vec<String> {
        let manifest = format!("[{table}]\n{}", dependencies.join("\n"));
        forbidden_neighbours(&workspace(), &member(name, &manifest))
    }

    const RELAY: &str = "driver-event-relay";

    const ON_CORE: &str = "marketplace-core = { version = \"0.1.0\", path = \"../marketplace-core\" }";

    const ON_DERIVE: &str = "marketplace-core-derive = { version = \"=0.1.0\", path = \"derive\" }";

    const ON_TESTING: &str =
        "marketplace-testing = { version = \"0.1.0\", path = \"../marketplace-testing\" }";

    const ON_TESTING_BY_PATH: &str = "marketplace-testing = { path = \"../marketplace-testing\" }";

    const ON_RELAY: &str = "driver-event-relay = { version = \"0.1.0\", path = \"../driver-event-relay\" }";

    const ON_DRIVER: &str = "driver-b = { version = \"0.1.0\", path = \"../driver-b\" }";

    #[test]
    fn names_are_the_first_words_of_a_tree_without_its_root_and_headings() {
        let tree = "a v0.1.0 (/w/a)\nslab v0.4.11\na-derive v0.1.0 (proc-macro) (/w/d)\nslab v0.4.11 (*)\n\
                    [dev-dependencies]\nbytes v1.10.0\n\n";
        assert_eq!(names(tree, "a"), ["a-derive", "bytes", "slab"]);
    }

    #[test]
    fn a_driver_may_depend_on_the_core_alone() {
        assert!(neighbours("driver-a", "dependencies", &["anyhow = \"1\"", ON_CORE]).is_empty());
        let findings = neighbours("driver-a", "dependencies", &[ON_CORE, ON_DRIVER]);
        assert_eq!(findings, ["driver-a depends on driver-b, in its dependencies"]);
        assert_eq!(neighbours("driver-a", "dependencies", &[ON_DERIVE]).len(), 1);
        assert_eq!(neighbours("driver-a", "dev-dependencies", &[ON_DRIVER]).len(), 1);
        assert_eq!(neighbours("driver-a", "target.'cfg(unix)'.dependencies", &[ON_DRIVER]).len(), 1);
        let renamed = "b = { package = \"driver-b\", version = \"0.1.0\" }";
        assert_eq!(neighbours("driver-a", "build-dependencies", &[renamed]).len(), 1);
    }

    #[test]
    fn the_core_may_depend_on_its_derive_alone() {
        assert!(neighbours(CORE, "dependencies", &["bytes = \"1\"", ON_DERIVE]).is_empty());
        let examples = "examples = { path = \"../examples\" }";
        assert_eq!(neighbours(CORE, "dev-dependencies", &[ON_DRIVER, examples]).len(), 2);
        assert_eq!(neighbours(DERIVE, "dependencies", &[ON_CORE]).len(), 1);
    }

    #[test]
    fn the_crate_for_tests_may_depend_on_the_core_and_the_relay() {
        assert!(neighbours(TESTING, "dependencies", &[ON_CORE, ON_RELAY]).is_empty());
        assert_eq!(neighbours(TESTING, "dev-dependencies", &[ON_DRIVER]).len(), 1);
        assert_eq!(neighbours(TESTING, "dependencies", &[ON_DERIVE]).len(), 1);
        assert_eq!(neighbours("driver-a", "dependencies", &[ON_RELAY]).len(), 1);
    }

    #[test]
    fn the_crate_for_tests_may_be_depended_on_for_tests_alone() {
        assert!(neighbours("driver-a", "dev-dependencies", &[ON_TESTING]).is_empty());
        assert!(neighbours("driver-a", "dev-dependencies", &[ON_TESTING_BY_PATH]).is_empty());
        let findings = neighbours("driver-a", "dependencies", &[ON_CORE, ON_TESTING]);
        assert_eq!(findings, ["driver-a depends on marketplace-testing, in its dependencies"]);
        assert_eq!(neighbours("driver-a", "build-dependencies", &[ON_TESTING]).len(), 1);
        assert_eq!(neighbours(CORE, "dependencies", &[ON_TESTING_BY_PATH]).len(), 1);
        assert_eq!(neighbours(DERIVE, "dev-dependencies", &[ON_TESTING_BY_PATH]).len(), 1);
    }

    #[test]
    fn what_the_crate_for_tests_needs_has_it_by_path_alone() {
        for name in [CORE, RELAY] {
            assert!(neighbours(name, "dev-dependencies", &[ON_TESTING_BY_PATH]).is_empty());
            let findings = neighbours(name, "dev-dependencies", &[ON_TESTING]);
            assert_eq!(findings.len(), 1, "{findings:?}");
            assert!(findings[0].contains("must have a path and no version"), "{findings:?}");
        }
    }

    #[test]
    fn a_runtime_is_found_by_its_whole_name() {
        let dependencies = ["futures", "smol", "smol_str", "tokio"].map(str::to_owned);
        assert_eq!(runtimes(&member(CORE, ""), &dependencies).len(), 2);
    }

    #[test]
    fn missing_keys_and_the_missing_driver_keyword_are_named() {
        let manifest = "description = \"d\"\nlicense.workspace = true\nkeywords = [\"a\"]\n";
        let findings = missing_metadata(&member("driver-a", manifest));
        assert_eq!(findings.len(), 3, "{findings:?}");
        let manifest = "description = \"d\"\nlicense = \"MIT\"\nreadme = \"README.md\"\n\
                        keywords = [\"marketplace-driver\"]\ninclude = [\"src/**\"]\n";
        assert!(missing_metadata(&member("driver-a", manifest)).is_empty());
    }
}
