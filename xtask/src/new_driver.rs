//! `cargo xtask new-driver`: makes a driver's crate to start from, a copy of `xtask/template` under another name.

mod manifest;
mod name;
mod template;

use std::env;
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use toml_edit::DocumentMut;

use crate::prefix::Prefix;
use crate::program;
use crate::workspace::{Workspace, read};

use manifest::Form;

pub(crate) use manifest::patch;

const USAGE: &str = "\
Usage: cargo xtask new-driver NAME [--out DIR]

  NAME       the crate's name. In this workspace it begins with `driver-`
  --out DIR  make a separate crate in DIR, which must be new or empty. Without it, the crate becomes a member of this workspace";

const NEXT_INSIDE: &str = "\
Next: run `cargo test -p {name}`. Read docs/src/drivers/writing.md, and replace the journal by your own service, beginning
with `src/message.rs`. Then see \"Add a driver\" in CONTRIBUTING.md: the table in README.md, and a program in `examples`.";

const NEXT_OUTSIDE: &str = "\
Next: run `cargo test` there. Read docs/src/drivers/writing.md, and replace the journal by your own service, beginning with
`src/message.rs`. Write your own description in Cargo.toml and your own copyright line in LICENSE-MIT.";

const UNRELEASED: &str = "\
Until the registry has our crates in these versions, add this to the end of Cargo.toml:";

/// Makes a driver, and prints what it has made.
pub(crate) fn run(arguments: &[&str]) -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    let (name, folder, next) = match *arguments {
        [name] => (name, inside(&workspace, name)?, NEXT_INSIDE.replace("{name}", name)),
        [name, "--out", folder] | ["--out", folder, name] => {
            let folder = env::current_dir()?.join(folder);
            ensure!(
                !lies_in(&folder, &workspace.root)?,
                "{} is in this workspace: leave out `--out`, or choose a folder outside",
                folder.display()
            );
            let prefix = Prefix::of(&workspace)?;
            outside(&workspace, name, &folder, &prefix)?;
            (name, folder, next_outside(&workspace, &prefix)?)
        }
        _ => bail!("{USAGE}"),
    };
    println!("made {name} in {}:", folder.display());
    for (path, _) in template::FILES {
        println!("  {path}");
    }
    println!("\n{next}");
    Ok(())
}

/// What to do next, for a crate outside. With a prefix, the crates are on the registry, and need no `[patch]`.
fn next_outside(workspace: &Workspace, prefix: &Prefix) -> anyhow::Result<String> {
    if !prefix.is_empty() {
        return Ok(NEXT_OUTSIDE.to_owned());
    }
    Ok(format!("{NEXT_OUTSIDE}\n\n{UNRELEASED}\n\n{}", patch(workspace)?.trim_end()))
}

/// Makes a member of the workspace, in a folder of the same name. Returns that folder.
pub(crate) fn inside(workspace: &Workspace, name: &str) -> anyhow::Result<PathBuf> {
    name::check(name)?;
    if !name.starts_with("driver-") {
        bail!("`{name}`: in this workspace a driver's name begins with `driver-`");
    }
    if workspace.member(name).is_some() {
        bail!("the workspace already has a member `{name}`");
    }
    let root = workspace.root.join("Cargo.toml");
    let before = read(&root)?;
    let mut document: DocumentMut = before.parse().with_context(|| root.display().to_string())?;
    manifest::add_member(&mut document, name)?;
    let folder = workspace.root.join(name);
    write(workspace, name, &folder, &Form::Inside)?;
    fs::write(&root, document.to_string()).with_context(|| root.display().to_string())?;
    format(workspace, &folder);
    Ok(folder)
}

/// Makes a separate crate, which depends on our crates under names with this prefix.
pub(crate) fn outside(
    workspace: &Workspace,
    name: &str,
    folder: &Path,
    prefix: &Prefix,
) -> anyhow::Result<()> {
    name::check(name)?;
    write(workspace, name, folder, &Form::Outside(prefix))?;
    put(&folder.join(".gitignore"), "/target\n")?;
    format(workspace, folder);
    Ok(())
}

/// Writes all files, except those that only a separate crate has.
fn write(workspace: &Workspace, name: &str, folder: &Path, form: &Form<'_>) -> anyhow::Result<()> {
    let manifest = manifest::manifest(workspace, name, form)?;
    make_empty(folder)?;
    for (path, text) in template::FILES {
        let text = if *path == template::MANIFEST { manifest.clone() } else { template::named(text, name) };
        put(&folder.join(path), &text)?;
    }
    Ok(())
}

/// Makes a folder. If it exists and is not empty, this is an error.
fn make_empty(folder: &Path) -> anyhow::Result<()> {
    let shown = || folder.display().to_string();
    match fs::read_dir(folder) {
        Ok(mut entries) => ensure!(entries.next().is_none(), "{} exists and is not empty", shown()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(folder).with_context(shown)?;
        }
        Err(error) => return Err(error).with_context(shown),
    }
    Ok(())
}

/// Writes a new file.
fn put(path: &Path, text: &str) -> anyhow::Result<()> {
    let shown = || path.display().to_string();
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(shown)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).with_context(shown)?;
    file.write_all(text.as_bytes()).with_context(shown)
}

/// Formats the sources. The name has another length than the template's and another place in the alphabet, so lines break
/// elsewhere and imports have another order. This uses rustfmt, because cargo may not know the crate yet.
fn format(workspace: &Workspace, folder: &Path) {
    let edition = workspace.manifest.string(&["workspace", "package", "edition"]).unwrap_or("2024");
    let roots = template::FILES.iter().map(|(path, _)| *path);
    let roots = roots.filter(|path| *path == "src/lib.rs" || path.starts_with("tests/"));
    let arguments: Vec<&str> = ["--edition", edition].into_iter().chain(roots).collect();
    if let Err(error) = program::output(&mut program::command("rustfmt", folder, &arguments)) {
        eprintln!("note: the crate is not formatted; run `cargo fmt`: {error:#}");
    }
}

/// Whether a path is in a folder. The path need not exist.
fn lies_in(path: &Path, folder: &Path) -> anyhow::Result<bool> {
    let folder = folder.canonicalize().with_context(|| folder.display().to_string())?;
    let existing = path.ancestors().find_map(|ancestor| {
        // The part that does not exist yet may contain `..`.
        let rest = path.strip_prefix(ancestor).ok()?;
        Some((ancestor.canonicalize().ok()?, rest))
    });
    let (existing, rest) = existing.with_context(|| path.display().to_string())?;
    if rest.components().any(|part| part.as_os_str() == OsStr::new("..")) {
        bail!("a part of {} does not exist: write the path without `..`", path.display());
    }
    Ok(existing.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_something_in_it_is_left_as_it_is() -> anyhow::Result<()> {
        let workspace = Workspace::load()?;
        let folder = workspace.scratch("new-driver-tests/occupied")?;
        fs::write(folder.join("Cargo.toml"), "mine")?;
        let error =
            outside(&workspace, "tide", &folder, &Prefix::none()).expect_err("it is occupied").to_string();
        assert!(error.contains("is not empty"), "{error}");
        assert_eq!(fs::read_dir(&folder)?.count(), 1);
        assert_eq!(read(&folder.join("Cargo.toml"))?, "mine");
        Ok(())
    }

    #[test]
    fn a_driver_outside_has_all_files_under_its_name_and_one_of_its_own() -> anyhow::Result<()> {
        let workspace = Workspace::load()?;
        let folder = workspace.scratch("new-driver-tests/outside")?.join("deep/tide");
        outside(&workspace, "tide", &folder, &Prefix::none())?;
        for (path, _) in template::FILES.iter().chain([&(".gitignore", "")]) {
            let text = read(&folder.join(path))?;
            assert!(!text.contains("driver-journal") && !text.contains("driver_journal"), "{path}: {text}");
        }
        Ok(())
    }

    #[test]
    fn what_is_no_name_here_makes_nothing() -> anyhow::Result<()> {
        let workspace = Workspace::load()?;
        let before = read(&workspace.root.join("Cargo.toml"))?;
        for (name, why) in [
            ("tide", "begins with `driver-`"),
            ("driver-udp", "already has a member `driver-udp`"),
            ("Driver", "is not a valid crate name"),
        ] {
            let error = inside(&workspace, name).expect_err(name).to_string();
            assert!(error.contains(why), "{error}");
        }
        assert_eq!(read(&workspace.root.join("Cargo.toml"))?, before);
        Ok(())
    }

    #[test]
    fn a_folder_is_in_this_workspace_by_whatever_path() -> anyhow::Result<()> {
        let root = Workspace::load()?.root;
        assert!(lies_in(&root.join("new/deeper"), &root)?);
        assert!(lies_in(&root.join("xtask/../new"), &root)?);
        assert!(!lies_in(&root.join("../new"), &root)?);
        assert!(lies_in(&root.join("new/../../elsewhere"), &root).is_err());
        Ok(())
    }
}
