//! A copy of the published crates in which the packages have the prefix before their names.
//!
//! The libraries and the keys of the dependencies keep their names, so no code changes. The READMEs get the names with the
//! prefix, because the registry may have somebody else's crate under the name without it.

use std::fs;
use std::path::Path;

use anyhow::Context;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Value, table, value};

use crate::git;
use crate::manifest::Kind;
use crate::prefix::Prefix;
use crate::workspace::{Member, Workspace, read};

/// Makes the copy in a folder, of all files that git does not ignore.
pub(crate) fn stage(workspace: &Workspace, prefix: &Prefix, folder: &Path) -> anyhow::Result<Workspace> {
    copy(workspace, folder)?;
    edit(&folder.join("Cargo.toml"), |root| keep_published(workspace, root))?;
    for member in workspace.published() {
        let copy = folder.join(member.folder.strip_prefix(&workspace.root)?);
        edit(&copy.join("Cargo.toml"), |manifest| rename(workspace, member, prefix, manifest))?;
        let readme = copy.join("README.md");
        if readme.exists() {
            write(&readme, &renamed_in_text(workspace, prefix, &read(&readme)?))?;
        }
    }
    Workspace::at(folder)
}

/// Copies the folders of the published crates, and the files in the root.
fn copy(workspace: &Workspace, folder: &Path) -> anyhow::Result<()> {
    let files =
        git::output(&workspace.root, &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
    for file in files.split_terminator('\0') {
        let from = workspace.root.join(file);
        let belongs =
            !file.contains('/') || workspace.published().any(|member| from.starts_with(&member.folder));
        // Git also lists files that have been deleted since the last commit.
        if belongs && from.exists() {
            let to = folder.join(file);
            let parent = to.parent().context("a file without a folder")?;
            fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
            fs::copy(&from, &to).with_context(|| from.display().to_string())?;
        }
    }
    Ok(())
}

fn edit(path: &Path, change: impl FnOnce(&mut DocumentMut)) -> anyhow::Result<()> {
    let mut document: DocumentMut = read(path)?.parse().with_context(|| path.display().to_string())?;
    change(&mut document);
    write(path, &document.to_string())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| path.display().to_string())
}

/// Removes all members but the published crates.
fn keep_published(workspace: &Workspace, root: &mut DocumentMut) {
    let folders = workspace.published().map(|member| workspace.shown(&member.folder));
    root["workspace"]["members"] = value(folders.collect::<Array>());
    if let Some(workspace) = root["workspace"].as_table_like_mut() {
        workspace.remove("exclude");
    }
}

fn rename(workspace: &Workspace, member: &Member, prefix: &Prefix, document: &mut DocumentMut) {
    document["package"]["name"] = value(prefix.package(&member.name));
    let library = document.entry("lib").or_insert_with(table);
    library["name"] = value(member.library());
    rename_dependencies(workspace, prefix, document.as_item_mut());
    if let Some(targets) = document.get_mut("target").and_then(Item::as_table_like_mut) {
        for (_, target) in targets.iter_mut() {
            rename_dependencies(workspace, prefix, target);
        }
    }
}

/// Adds the package's name to each dependency on another crate of the workspace.
fn rename_dependencies(workspace: &Workspace, prefix: &Prefix, section: &mut Item) {
    for kind in Kind::ALL {
        let Some(table) = section.get_mut(kind.table()).and_then(Item::as_table_like_mut) else { continue };
        for (key, dependency) in table.iter_mut() {
            let package = dependency.get("package").and_then(Item::as_str).unwrap_or(&key).to_owned();
            if workspace.member(&package).is_some() {
                rename_dependency(dependency, &prefix.package(&package));
            }
        }
    }
}

fn rename_dependency(dependency: &mut Item, package: &str) {
    if let Some(version) = dependency.as_str().map(str::to_owned) {
        *dependency = value(InlineTable::from_iter([("version", Value::from(version))]));
    }
    if let Some(dependency) = dependency.as_table_like_mut() {
        dependency.insert("package", value(package));
    }
}

/// A text with the packages' names in links to the crates' pages, and in lines for a user's manifest.
fn renamed_in_text(workspace: &Workspace, prefix: &Prefix, text: &str) -> String {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    for member in workspace.published() {
        let (name, package) = (&member.name, prefix.package(&member.name));
        for line in &mut lines {
            *line = line.replace(&format!("docs.rs/{name}"), &format!("docs.rs/{package}"));
            // A path leads to a checkout, where the packages have no prefix.
            let is_published = !line.contains("path = ");
            if is_published
                && [" = \"", " = {"].iter().any(|value| line.starts_with(&format!("{name}{value}")))
            {
                line.replace_range(..name.len(), &package);
            }
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::manifest::Manifest;

    const DRIVER: &str = r#"
[package]
name = "driver-x"
version = "0.1.0"

[dependencies]
bytes = "1"
marketplace-core = { version = "0.1.0", path = "../marketplace-core" }

[target.'cfg(unix)'.dev-dependencies.testing]
package = "marketplace-testing"
path = "../marketplace-testing"

[target.'cfg(windows)'.dependencies]
marketplace-core = "0.1.0"
"#;

    fn member(manifest: &str) -> Member {
        Member::new("/w/x".into(), Manifest::parse(manifest).unwrap()).unwrap()
    }

    fn workspace() -> Workspace {
        let others = ["marketplace-core", "marketplace-core-derive", "marketplace-testing"]
            .map(|name| member(&format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n")));
        Workspace {
            root: "/w".into(),
            manifest: Manifest::parse("").unwrap(),
            members: others.into_iter().chain([member(DRIVER)]).collect(),
        }
    }

    fn prefix() -> Prefix {
        Prefix::parse("some-").unwrap()
    }

    fn renamed() -> DocumentMut {
        let mut document = DRIVER.parse().unwrap();
        rename(&workspace(), &member(DRIVER), &prefix(), &mut document);
        document
    }

    #[test]
    fn the_package_is_renamed_and_its_library_is_not() {
        let document = renamed();
        assert_eq!(document["package"]["name"].as_str(), Some("some-driver-x"));
        assert_eq!(document["lib"]["name"].as_str(), Some("driver_x"));
    }

    #[test]
    fn dependencies_on_the_workspaces_crates_keep_their_keys() {
        let document = renamed();
        let core = &document["dependencies"]["marketplace-core"];
        assert_eq!(core["package"].as_str(), Some("some-marketplace-core"));
        assert_eq!(core["version"].as_str(), Some("0.1.0"));
        let testing = &document["target"]["cfg(unix)"]["dev-dependencies"]["testing"];
        assert_eq!(testing["package"].as_str(), Some("some-marketplace-testing"));
        let core = &document["target"]["cfg(windows)"]["dependencies"]["marketplace-core"];
        assert_eq!(core["package"].as_str(), Some("some-marketplace-core"));
        assert_eq!(core["version"].as_str(), Some("0.1.0"));
    }

    #[test]
    fn other_dependencies_stay_as_they_are() {
        assert_eq!(renamed()["dependencies"]["bytes"].as_str(), Some("1"));
    }

    #[test]
    fn a_readme_says_what_a_user_has_to_write() {
        let text = "[It](https://docs.rs/marketplace-core/a), [macros](https://docs.rs/marketplace-core-derive):\n\
                    driver-x = \"0.1\"    # this\nmarketplace-core = \"0.1\"\n\
                    driver-x = { path = \"../driver-x\" }\n\
                    driver-x = { version = \"0.1\" }\nUse marketplace-core.\n";
        let expected = "[It](https://docs.rs/some-marketplace-core/a), \
                        [macros](https://docs.rs/some-marketplace-core-derive):\n\
                        some-driver-x = \"0.1\"    # this\nsome-marketplace-core = \"0.1\"\n\
                        driver-x = { path = \"../driver-x\" }\n\
                        some-driver-x = { version = \"0.1\" }\nUse marketplace-core.\n";
        assert_eq!(renamed_in_text(&workspace(), &prefix(), text), expected);
    }
}
