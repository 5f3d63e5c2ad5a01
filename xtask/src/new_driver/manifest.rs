//! The manifest of a new crate, made from the template's. The workspace's manifest gets a new member.

use anyhow::Context;
use toml_edit::{DocumentMut, InlineTable, Item, TableLike, Value, value};

use super::template::{FILES, MANIFEST, named};
use crate::manifest::Kind;
use crate::prefix::Prefix;
use crate::workspace::{CORE, DERIVE, Member, TESTING, Workspace, read};

/// The crate that the crate for tests depends on, besides the core.
const RELAY: &str = "driver-event-relay";

/// Where a new crate will be.
pub(super) enum Form<'a> {
    /// In this workspace, from which it inherits values.
    Inside,
    /// Anywhere else. It depends on our crates under names with this prefix.
    Outside(&'a Prefix),
}

/// The new crate's manifest.
pub(super) fn manifest(workspace: &Workspace, name: &str, form: &Form<'_>) -> anyhow::Result<String> {
    let (_, template) = FILES.iter().find(|(path, _)| *path == MANIFEST).context("no manifest")?;
    let mut document: DocumentMut = named(template, name).parse().context("the template's manifest")?;
    if let Some(package) = document["package"].as_table_like_mut() {
        package.remove("publish");
    }
    for kind in Kind::ALL {
        let Some(table) = document.get_mut(kind.table()).and_then(Item::as_table_like_mut) else { continue };
        for (key, dependency) in table.iter_mut() {
            if let Some(member) = workspace.member(&key) {
                *dependency = value(depend(workspace, member, form));
            }
        }
    }
    if let Form::Outside(_) = form {
        spell_out(&mut document, &read(&workspace.root.join("Cargo.toml"))?.parse()?)?;
    }
    Ok(document.to_string())
}

/// A dependency on the current version of a crate of this workspace.
fn depend(workspace: &Workspace, member: &Member, form: &Form<'_>) -> Value {
    let version = Value::from(member.version.to_string());
    match form {
        Form::Inside => {
            let path = format!("../{}", workspace.shown(&member.folder));
            InlineTable::from_iter([("version", version), ("path", path.into())]).into()
        }
        Form::Outside(prefix) if prefix.is_empty() => version,
        Form::Outside(prefix) => {
            InlineTable::from_iter([("package", prefix.package(&member.name).into()), ("version", version)])
                .into()
        }
    }
}

/// Replaces the values that the template inherits from the workspace by those values.
fn spell_out(document: &mut DocumentMut, workspace: &DocumentMut) -> anyhow::Result<()> {
    let inherited = |path: [&str; 2]| {
        let item = path.iter().try_fold(workspace.get("workspace")?, |item, key| item.get(key));
        item.cloned()
    };
    let package = document["package"].as_table_like_mut().context("a manifest without a package")?;
    let keys: Vec<String> =
        package.iter().filter(|(_, item)| inherits(item)).map(|(key, _)| key.to_owned()).collect();
    for key in keys {
        let item = inherited(["package", &key]).with_context(|| format!("the workspace has no `{key}`"))?;
        package.insert(&key, item);
    }
    document.remove("lints");
    let mut text = String::new();
    let lints = workspace["workspace"]["lints"].as_table_like().context("the workspace has no lints")?;
    for (tool, lints) in lints.iter() {
        text.push_str(&format!("\n[lints.{tool}]\n"));
        for (lint, level) in lints.as_table_like().into_iter().flat_map(TableLike::iter) {
            text.push_str(&format!("{lint} = {}\n", level.to_string().trim()));
        }
    }
    *document = format!("{}{text}", document.to_string().trim_end_matches('\n').to_owned() + "\n").parse()?;
    Ok(())
}

/// Whether a key is `key.workspace = true`.
fn inherits(item: &Item) -> bool {
    item.get("workspace").and_then(Item::as_bool) == Some(true)
}

/// The section that makes a crate outside use our crates from this workspace, until the registry has them.
pub(crate) fn patch(workspace: &Workspace) -> anyhow::Result<String> {
    let mut text = "[patch.crates-io]\n".to_owned();
    for name in [CORE, DERIVE, TESTING, RELAY] {
        let member = workspace.member(name).with_context(|| format!("there is no member {name}"))?;
        text.push_str(&format!("{name} = {{ path = \"{}\" }}\n", member.folder.display()));
    }
    Ok(text)
}

/// Adds a member after the last driver.
pub(super) fn add_member(root: &mut DocumentMut, name: &str) -> anyhow::Result<()> {
    let members = root["workspace"]["members"].as_array_mut().context("the workspace has no members")?;
    let is_driver = |member: &Value| member.as_str().is_some_and(|member| member.starts_with("driver-"));
    let last = (0..members.len()).rev().find(|&index| members.get(index).is_some_and(is_driver));
    let at = last.map_or(members.len(), |last| last + 1);
    members.insert_formatted(at, Value::from(name).decorated("\n    ", ""));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The manifest, which is to have these lines.
    fn made(form: &Form<'_>, lines: &[&str]) -> String {
        let workspace = Workspace::load().unwrap();
        let version = workspace.member(CORE).unwrap().version.to_string();
        let made = manifest(&workspace, "driver-gpio", form).unwrap();
        for line in lines.iter().map(|line| line.replace("CURRENT", &version)) {
            assert!(made.lines().any(|found| found == line), "no line {line}:\n{made}");
        }
        made
    }

    #[test]
    fn inside_it_inherits_and_depends_by_path_and_version() {
        let made = made(
            &Form::Inside,
            &[
                "name = \"driver-gpio\"",
                "edition.workspace = true",
                "marketplace-core = { version = \"CURRENT\", path = \"../marketplace-core\" }",
                "[lints]",
                "workspace = true",
            ],
        );
        assert!(made.contains("path = \"../marketplace-testing\""), "{made}");
        assert!(!made.contains("publish") && !made.contains("new-driver"), "{made}");
    }

    #[test]
    fn outside_it_inherits_nothing_and_depends_by_version_alone() {
        let made = made(
            &Form::Outside(&Prefix::none()),
            &[
                "edition = \"2024\"",
                "license = \"MIT OR Apache-2.0\"",
                "marketplace-core = \"CURRENT\"",
                "[lints.clippy]",
                "unsafe_code = \"forbid\"",
            ],
        );
        assert!(!made.contains("workspace") && !made.contains("path ="), "{made}");
    }

    #[test]
    fn the_books_page_about_publishing_shows_how_it_begins() {
        let page = include_str!("../../../docs/src/drivers/publishing.md");
        let shown = page.split_once("```toml\n").and_then(|(_, rest)| rest.split_once("```")).unwrap().0;
        let made = made(&Form::Outside(&Prefix::none()), &[]);
        assert!(made.starts_with(shown), "{made}");
    }

    #[test]
    fn outside_our_crates_have_the_prefix_that_they_are_published_under() {
        let prefix = Prefix::parse("some-").unwrap();
        made(
            &Form::Outside(&prefix),
            &["marketplace-core = { package = \"some-marketplace-core\", version = \"CURRENT\" }"],
        );
    }

    #[test]
    fn a_member_is_added_behind_the_last_driver_and_nothing_else_changes() {
        let before =
            "[workspace]\nmembers = [\n    \"core\",\n    \"driver-a\",\n    \"xtask\",\n]\n# The rest.\n";
        let mut root: DocumentMut = before.parse().unwrap();
        add_member(&mut root, "driver-b").unwrap();
        assert_eq!(root.to_string(), before.replace("\"driver-a\",\n", "\"driver-a\",\n    \"driver-b\",\n"));
    }
}
