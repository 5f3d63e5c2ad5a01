//! A `Cargo.toml`: its keys and its dependencies.

use std::path::Path;

use anyhow::Context;
use toml_edit::{DocumentMut, Item, TableLike};

use crate::workspace::read;

/// A manifest as it is written. Values that it inherits from the workspace are not filled in.
pub(crate) struct Manifest {
    document: DocumentMut,
}

/// A dependency of one crate on another.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) kind: Kind,
    pub(crate) package: String,
    /// A dependency without a version has only a path, and is left out of the published crate.
    pub(crate) version: Option<String>,
}

/// The table of the manifest that a dependency is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Build,
    Dev,
}

impl Manifest {
    /// Reads a file. The error names it.
    pub(crate) fn load(path: &Path) -> anyhow::Result<Self> {
        Self::parse(&read(path)?).with_context(|| path.display().to_string())
    }

    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        Ok(Self { document: text.parse()? })
    }

    /// The value at a path of keys, such as `["package", "name"]`.
    pub(crate) fn get(&self, path: &[&str]) -> Option<&Item> {
        path.iter().try_fold(self.document.as_item(), |item, key| item.get(key))
    }

    /// The string at a path of keys.
    pub(crate) fn string(&self, path: &[&str]) -> Option<&str> {
        self.get(path)?.as_str()
    }

    /// The strings of the array at a path of keys. Empty if there is no such array.
    pub(crate) fn strings(&self, path: &[&str]) -> Vec<&str> {
        let array = self.get(path).and_then(Item::as_array);
        array.into_iter().flatten().filter_map(|value| value.as_str()).collect()
    }

    /// All dependencies, including those for one platform only.
    pub(crate) fn dependencies(&self) -> Vec<Dependency> {
        let targets = self.get(&["target"]).and_then(Item::as_table_like);
        let targets = targets.into_iter().flat_map(TableLike::iter).map(|(_, target)| target);
        let sections = [self.document.as_item()].into_iter().chain(targets);
        sections.flat_map(|section| Kind::ALL.iter().flat_map(|kind| kind.dependencies(section))).collect()
    }
}

impl Kind {
    pub(crate) const ALL: &[Self] = &[Self::Normal, Self::Build, Self::Dev];

    /// The name of the table.
    pub(crate) fn table(self) -> &'static str {
        match self {
            Self::Normal => "dependencies",
            Self::Build => "build-dependencies",
            Self::Dev => "dev-dependencies",
        }
    }

    fn dependencies(self, section: &Item) -> impl Iterator<Item = Dependency> {
        let table = section.get(self.table()).and_then(Item::as_table_like);
        table.into_iter().flat_map(TableLike::iter).map(move |(key, item)| Dependency {
            kind: self,
            package: text(item, "package").unwrap_or_else(|| key.to_owned()),
            version: item.as_str().map(str::to_owned).or_else(|| text(item, "version")),
        })
    }
}

fn text(item: &Item, key: &str) -> Option<String> {
    item.get(key)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
[package]
name = "a"
license.workspace = true
keywords = ["x", "y"] # both

[dependencies]
b = "1.2"
c = { package = "real-c", version = "2", path = "../c" }

[dev-dependencies]
d = { path = "../d" }

[target.'cfg(unix)'.dependencies]
e = "3"
"#;

    fn dependency(kind: Kind, package: &str, version: Option<&str>) -> Dependency {
        Dependency { kind, package: package.to_owned(), version: version.map(str::to_owned) }
    }

    #[test]
    fn a_value_is_found_by_its_path() {
        let manifest = Manifest::parse(MANIFEST).unwrap();
        assert_eq!(manifest.string(&["package", "name"]), Some("a"));
        assert_eq!(manifest.string(&["package", "absent"]), None);
        assert_eq!(manifest.strings(&["package", "keywords"]), ["x", "y"]);
        assert!(manifest.get(&["package", "license"]).is_some(), "an inherited key is there");
    }

    #[test]
    fn dependencies_have_their_kind_their_packages_name_and_the_version_asked_for() {
        let expected = [
            dependency(Kind::Normal, "b", Some("1.2")),
            dependency(Kind::Normal, "real-c", Some("2")),
            dependency(Kind::Dev, "d", None),
            dependency(Kind::Normal, "e", Some("3")),
        ];
        assert_eq!(Manifest::parse(MANIFEST).unwrap().dependencies(), expected);
    }

    #[test]
    fn what_is_not_a_manifest_is_an_error_that_names_the_file() {
        let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/main.rs"));
        let error = Manifest::load(path).err().expect("a program is no manifest");
        assert!(error.to_string().ends_with("main.rs"), "{error}");
    }
}
