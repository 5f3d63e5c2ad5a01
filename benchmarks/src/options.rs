//! What the command is told.

use std::path::{Path, PathBuf};

use anyhow::{bail, ensure};

use crate::case::{self, Case};
use crate::report::JsonLines;

pub(crate) const HELP: &str = "\
Measures Marketplace beside what one would take instead.

Usage: cargo xtask bench [CASE...] [--json FILE] [--plot DIR]
       cargo xtask bench --count [CASE...] [--check | --update]

  CASE           measure these cases only
  --count        count what an operation takes instead of timing it
  --check        count ours alone, and fail where a count has grown beyond the one in benchmarks/counts.txt
  --update       count ours alone, and write benchmarks/counts.txt
  --ours         build and measure ours alone
  --json FILE    also write the results to a file, a JSON object a line
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

/// What becomes of the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    /// They are shown, beside the others'.
    Shown,
    Checked,
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
                // It has decided what was built.
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
            ensure!(options.counting.is_some(), "`--check` and `--update` are of `--count`");
            options.counting = Some(counts);
        }
        if options.cases.is_empty() {
            options.cases.extend(case::CASES);
        }
        Ok(options)
    }
}
