//! The command's options.

use std::path::{Path, PathBuf};

use anyhow::{bail, ensure};

use crate::case::{self, Case};
use crate::report::JsonLines;

pub(crate) const HELP: &str = "\
Compares Marketplace with the libraries that you might use instead.

Usage: cargo xtask bench [CASE...] [--json FILE] [--plot DIR]
       cargo xtask bench --count [CASE...] [--check | --update]

  CASE           measure only these cases
  --count        count instructions, allocations and so on, instead of timing
  --check        count Marketplace only, and fail if a count has grown since benchmarks/counts.txt was written
  --update       count Marketplace only, and write benchmarks/counts.txt
  --ours         build and measure Marketplace only
  --json FILE    also write the results to a file, one JSON object a line
  --plot DIR     also draw each case that has a curve, as SVG
  --list         list the cases
";

/// What to do with the cases.
pub(crate) struct Options {
    /// Every case, if none was named.
    pub(crate) cases: Vec<&'static Case>,
    pub(crate) counting: Option<Counts>,
    pub(crate) json: Option<JsonLines>,
    pub(crate) plots: Option<PathBuf>,
}

/// What is done with the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    /// They are printed, together with those of the others.
    Shown,
    /// They are compared with those in the file.
    Checked,
    /// They are written to the file.
    Kept,
}

impl Options {
    pub(crate) fn parse(mut arguments: &[&str]) -> anyhow::Result<Self> {
        let mut options = Self { cases: Vec::new(), counting: None, json: None, plots: None };
        let mut counts = Counts::Shown;
        loop {
            arguments = match arguments {
                [] => break,
                ["--count", rest @ ..] => {
                    options.counting = Some(Counts::Shown);
                    rest
                }
                ["--check", rest @ ..] => {
                    counts = Counts::Checked;
                    rest
                }
                ["--update", rest @ ..] => {
                    counts = Counts::Kept;
                    rest
                }
                // `xtask` has handled it: it decides what is built.
                ["--ours", rest @ ..] => rest,
                ["--json", file, rest @ ..] => {
                    options.json = Some(JsonLines::create(Path::new(file))?);
                    rest
                }
                ["--plot", folder, rest @ ..] => {
                    options.plots = Some(PathBuf::from(folder));
                    rest
                }
                [option, ..] if option.starts_with('-') => {
                    bail!("there is no option `{option}`\n\n{HELP}")
                }
                [name, rest @ ..] => {
                    options.cases.push(case::find(name)?);
                    rest
                }
            };
        }
        if counts != Counts::Shown {
            ensure!(options.counting.is_some(), "`--check` and `--update` need `--count`");
            options.counting = Some(counts);
        }
        if options.cases.is_empty() {
            options.cases.extend(case::CASES);
        }
        Ok(options)
    }
}
