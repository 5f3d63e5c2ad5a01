//! `cargo xtask new-driver`: a driver's crate to begin from, a copy of `xtask/template` under another name.

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

  NAME       the crate's name; in this workspace it begins with `driver-`
  --out DIR  make a crate of its own in DIR, which is new or empty; otherwise it is made a member of this workspace";

const NEXT_INSIDE: &str = "\
Next: `cargo test -p {name}`; read docs/src/drivers/writing.md beside it, and put your service in the place of the
journal, `src/message.rs` first. Then CONTRIBUTING.md, \"Add a driver\": the table in README.md, a program in `examples`.";

const NEXT_OUTSIDE: &str = "\
Next: `cargo test` there; read docs/src/drivers/writing.md beside it, and put your service in the place of the journal,
`src/message.rs` first. The description in Cargo.toml and the copyright line of LICENSE-MIT are yours to write.";

const UNRELEASED: &str = "\
As long as the registry does not have our crates in these versions, let Cargo.toml end with";

/// Makes a driver as the arguments say, and says what it has made.
pub(crate) fn run(arguments: &[&str]) -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    let (name, folder, next) = match *arguments {
        [name] => (name, inside(&workspace, name)?, NEXT_INSIDE.replace("{name}", name)),
        [name, "--out", folder] | ["--out", folder, name] => {
            let folder = env::current_dir()?.join(folder);
            ensure!(
                !lies_in(&folder, &workspace.root)?,
                "{} is in this workspace: leave `--out` away, or take a folder outside",
                folder.display()
            );
            let prefix = Prefix::of(&workspace)?;
            outside(&workspace, name, &folder, &prefix)?;
            (name, folder, next_outside(&workspace, &prefix)?)
        }
        _ => bail!("{USAGE}"),
    };
    println!("{name} is made, in {}:", folder.display());
    for (path, _) in template::FILES {
        println!("  {path}");
    }
    println!("\n{next}");
    Ok(())
}

/// What to do next, outside. Names with a prefix are those of the registry: the folders here do not have them.
fn next_outside(workspace: &Workspace, prefix: &Prefix) -> anyhow::Result<String> {
    if !prefix.is_empty() {
        return Ok(NEXT_OUTSIDE.to_owned());
    }
    Ok(format!("{NEXT_OUTSIDE}\n\n{UNRELEASED}\n\n{}", patch(workspace)?.trim_end()))
}

/// Makes a member of the workspace, in a folder of its name; that folder.
pub(crate) fn inside(workspace: &Workspace, name: &str) -> anyhow::Result<PathBuf> {
    name::check(name)?;
    if !name.starts_with("driver-") {
        bail!("`{name}`: in this workspace a driver's name begins with `driver-`");
    }
    if workspace.member(name).is_some() {
        bail!("the workspace has a member `{name}`");
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

/// Makes a crate of its own, which knows ours by names with this prefix.
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

/// Writes all files but those that are only for a crate of its own.
fn write(workspace: &Workspace, name: &str, folder: &Path, form: &Form<'_>) -> anyhow::Result<()> {
    let manifest = manifest::manifest(workspace, name, form)?;
    make_empty(folder)?;
    for (path, text) in template::FILES {
        let text = if *path == template::MANIFEST { manifest.clone() } else { template::named(text, name) };
        put(&folder.join(path), &text)?;
    }
    Ok(())
}

/// Makes a folder, unless there is one with something in it.
fn make_empty(folder: &Path) -> anyhow::Result<()> {
    let shown = || folder.display().to_string();
    match fs::read_dir(folder) {
        Ok(mut entries) => ensure!(entries.next().is_none(), "{} exists, and is not empty", shown()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(folder).with_context(shown)?;
        }
        Err(error) => return Err(error).with_context(shown),
    }
    Ok(())
}

/// Writes a file that is not there yet.
fn put(path: &Path, text: &str) -> anyhow::Result<()> {
    let shown = || path.display().to_string();
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(shown)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).with_context(shown)?;
    file.write_all(text.as_bytes()).with_context(shown)
}

/// The name is longer or shorter than the template's, and elsewhere in the alphabet: lines break and imports come in other
/// places. Not by cargo, which may not know of the crate yet.
fn format(workspace: &Workspace, folder: &Path) {
    let edition = workspace.manifest.string(&["workspace", "package", "edition"]).unwrap_or("2024");
    let roots = template::FILES.iter().map(|(path, _)| *path);
    let roots = roots.filter(|path| *path == "src/lib.rs" || path.starts_with("tests/"));
    let arguments: Vec<&str> = ["--edition", edition].into_iter().chain(roots).collect();
    if let Err(error) = program::output(&mut program::command("rustfmt", folder, &arguments)) {
        eprintln!("note: it is not formatted, which `cargo fmt` does: {error:#}");
    }
}

/// Whether a path, which need not exist, is in a folder.
fn lies_in(path: &Path, folder: &Path) -> anyhow::Result<bool> {
    let folder = folder.canonicalize().with_context(|| folder.display().to_string())?;
    let existing = path.ancestors().find_map(|ancestor| {
        // What does not exist yet may lead back up.
        let rest = path.strip_prefix(ancestor).ok()?;
        Some((ancestor.canonicalize().ok()?, rest))
    });
    let (existing, rest) = existing.with_context(|| path.display().to_string())?;
    if rest.components().any(|part| part.as_os_str() == OsStr::new("..")) {
        bail!("{} does not exist that far: write it without `..`", path.display());
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
            ("driver-udp", "has a member `driver-udp`"),
            ("Driver", "is no crate's name"),
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
