//! `cargo xtask release CRATE`: publishes one crate and tags it, if nothing blocks the release.
//!
//! It lists everything that blocks, and not only the first. With `--dry-run` it does nothing else.

mod changelog;
mod compatibility;
mod order;
mod registry;
mod tree;
mod version;

use anyhow::{Context, bail};
use semver::Version;

use crate::prefix::Prefix;
use crate::stage::stage;
use crate::workspace::{Member, Workspace};
use crate::{cargo, git};

/// The release of a crate.
struct Release<'a> {
    workspace: &'a Workspace,
    member: &'a Member,
    prefix: Prefix,
    tag: String,
    /// The versions that have been released before.
    earlier: Vec<Version>,
}

/// The result of one step.
enum Verdict {
    Fine(String),
    Blocks(Vec<String>),
}

/// One step: something that may block the release.
struct Step {
    name: &'static str,
    look: fn(&Release<'_>) -> anyhow::Result<Verdict>,
}

const STEPS: &[Step] = &[
    Step { name: "tree", look: tree::look },
    Step { name: "changelog", look: changelog::look },
    Step { name: "version", look: version::look },
    Step { name: "compatibility", look: compatibility::look },
    Step { name: "order", look: order::look },
    Step { name: "registry", look: registry::look },
];

/// Lists what blocks the release of this crate. If nothing does and this is no dry run, publishes it.
pub(crate) fn run(name: &str, dry_run: bool) -> anyhow::Result<()> {
    let workspace = Workspace::load()?;
    let release = Release::of(&workspace, name)?;
    let package = release.prefix.package(name);
    println!("{name} {}: the package {package}, the tag {}", release.member.version, release.tag);
    let blocks = STEPS.iter().map(|step| show(step, &release)).filter(|blocks| *blocks).count();
    if blocks > 0 {
        bail!("{name} cannot be released: see what blocks above");
    }
    if dry_run {
        println!("nothing blocks; without --dry-run it would be published now");
        return Ok(());
    }
    publish(&release, &package)
}

impl<'a> Release<'a> {
    fn of(workspace: &'a Workspace, name: &str) -> anyhow::Result<Self> {
        let Some(member) = workspace.published().find(|member| member.name == name) else {
            let names: Vec<&str> = workspace.published().map(|member| member.name.as_str()).collect();
            bail!("there is no published crate `{name}`; the published crates are {}", names.join(", "));
        };
        Ok(Self {
            workspace,
            member,
            prefix: Prefix::of(workspace)?,
            tag: git::tag(name, &member.version),
            earlier: git::released(&workspace.root, name)?,
        })
    }
}

/// Prints the result of a step, and returns whether it blocks. A step that could not be made blocks too.
fn show(step: &Step, release: &Release<'_>) -> bool {
    let verdict = (step.look)(release);
    let verdict = verdict.unwrap_or_else(|error| Verdict::Blocks(vec![format!("{error:#}")]));
    match verdict {
        Verdict::Fine(note) => {
            println!("  {:<13} fine: {note}", step.name);
            false
        }
        Verdict::Blocks(reasons) => {
            for reason in reasons {
                println!("  {:<13} BLOCKS: {reason}", step.name);
            }
            true
        }
    }
}

/// `Blocks` if there are reasons, and `Fine` otherwise.
fn verdict(reasons: Vec<String>, otherwise: impl Into<String>) -> Verdict {
    if reasons.is_empty() { Verdict::Fine(otherwise.into()) } else { Verdict::Blocks(reasons) }
}

fn publish(release: &Release<'_>, package: &str) -> anyhow::Result<()> {
    let Release { workspace, prefix, tag, .. } = release;
    if prefix.is_empty() {
        cargo::run(&workspace.root, &["publish", "--locked", "-p", package])?;
    } else {
        let staged = stage(workspace, prefix, &workspace.scratch("release")?)?;
        cargo::run(&staged.root, &["publish", "-p", package])?;
    }
    git::output(&workspace.root, &["tag", tag])
        .with_context(|| format!("{package} is published, but has no tag yet: `git tag {tag}`"))?;
    println!("{package} is published; now `git push origin {tag}`");
    Ok(())
}
