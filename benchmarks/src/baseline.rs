//! The counts that are kept in the repository, and how new counts differ from them.
//!
//! A line of the file has a number, what was counted, and the case in which it was counted, for example
//! `1030  instructions  ping-pong`. At least two spaces separate them.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// How much a count may grow, as a fraction of the old count.
const MOST_GROWTH: f64 = 0.05;

/// How much a count may grow in any case: a tenth of an allocation more is not a change.
const SLACK: f64 = 0.1;

/// A count of ours.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) number: f64,
    pub(crate) kind: String,
    /// The case, and the value of its parameter if it has one.
    pub(crate) of: String,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>9}  {:<12}  {}", shown(self.number), self.kind, self.of)
    }
}

/// A number as it is printed: decimals only if it is below 100.
pub(crate) fn shown(number: f64) -> String {
    if number < 100.0 { format!("{number:.2}") } else { format!("{number:.0}") }
}

/// The file of counts, in this crate's folder.
pub(crate) fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("counts.txt")
}

/// The entries of a file. What follows a `#` is a comment.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<Entry>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines
        .map(|line| entry(line).with_context(|| format!("{}: {line:?} is not a count", path.display())))
        .collect()
}

fn entry(line: &str) -> Option<Entry> {
    let columns: Vec<&str> = line.split("  ").map(str::trim).filter(|column| !column.is_empty()).collect();
    let [number, kind, of] = columns[..] else { return None };
    Some(Entry { number: number.parse().ok()?, kind: kind.into(), of: of.into() })
}

/// Writes entries to a file, in place of what it contains.
pub(crate) fn write(path: &Path, entries: &[Entry], compiler: &str) -> anyhow::Result<()> {
    let lines: String = entries.iter().map(|entry| format!("{entry}\n")).collect();
    let text = format!(
        "# What one operation takes. Written by `cargo xtask bench --count --update`; the check fails if a count\n\
         # grows by more than 5 %. The compiler was {compiler}.\n{lines}"
    );
    fs::write(path, text).with_context(|| path.display().to_string())
}

/// The differences, in words.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Changes {
    /// Differences that fail the check: counts that have grown, are new, or are missing.
    pub(crate) faults: Vec<String>,
    /// Counts that have become so much smaller that the check no longer guards the new level.
    pub(crate) savings: Vec<String>,
}

/// Compares the kept counts with the new ones of the same cases.
pub(crate) fn changes(kept: &[Entry], now: &[Entry]) -> Changes {
    let mut changes = Changes::default();
    for new in now {
        let Some(old) = kept.iter().find(|old| is_same(old, new)) else {
            changes.faults.push(format!("not in the file: {} of {}", new.kind, new.of));
            continue;
        };
        if is_more(old.number, new.number) {
            changes.faults.push(format!("grown: {}", change(old, new)));
        } else if is_more(new.number, old.number) {
            changes.savings.push(format!("fallen: {}", change(old, new)));
        }
    }
    let gone = kept.iter().filter(|old| !now.iter().any(|new| is_same(old, new)));
    changes
        .faults
        .extend(gone.map(|old| format!("in the file, but not counted: {} of {}", old.kind, old.of)));
    changes
}

fn is_same(one: &Entry, other: &Entry) -> bool {
    one.kind == other.kind && one.of == other.of
}

/// Whether a count has grown by more than is allowed.
fn is_more(old: f64, new: f64) -> bool {
    new > old + f64::max(old * MOST_GROWTH, SLACK)
}

fn change(old: &Entry, new: &Entry) -> String {
    let percent = (new.number / old.number - 1.0) * 100.0;
    format!(
        "{} of {} from {} to {} ({percent:+.1} %)",
        new.kind,
        new.of,
        shown(old.number),
        shown(new.number)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instructions(number: f64) -> Entry {
        Entry { number, kind: "instructions".into(), of: "ping-pong".into() }
    }

    fn allocations(number: f64) -> Entry {
        Entry { number, kind: "allocations".into(), of: "tcp-echo at 100".into() }
    }

    fn faults(kept: &[Entry], now: &[Entry]) -> usize {
        changes(kept, now).faults.len()
    }

    #[test]
    fn a_count_may_grow_by_five_per_cent_and_no_more() {
        assert_eq!(faults(&[instructions(1_000.0)], &[instructions(1_050.0)]), 0);
        assert_eq!(faults(&[instructions(1_000.0)], &[instructions(1_051.0)]), 1);
    }

    #[test]
    fn a_small_count_may_grow_by_a_tenth_and_no_more() {
        assert_eq!(faults(&[allocations(0.0)], &[allocations(0.02)]), 0);
        assert_eq!(faults(&[allocations(1.0)], &[allocations(1.09)]), 0);
        assert_eq!(faults(&[allocations(1.0)], &[allocations(1.5)]), 1);
        assert_eq!(faults(&[allocations(0.0)], &[allocations(1.0)]), 1);
    }

    #[test]
    fn a_count_that_has_grown_is_named_with_its_old_and_its_new_number() {
        let faults = changes(&[instructions(1_000.0)], &[instructions(1_100.0)]).faults;
        for part in ["instructions", "ping-pong", "1000", "1100", "+10.0 %"] {
            assert!(faults[0].contains(part), "{faults:?}");
        }
    }

    #[test]
    fn a_count_that_has_fallen_is_reported_and_is_not_a_fault() {
        let changes = changes(&[instructions(1_000.0)], &[instructions(500.0)]);
        assert_eq!((changes.faults.len(), changes.savings.len()), (0, 1));
    }

    #[test]
    fn a_count_that_is_missing_on_one_side_is_a_fault() {
        assert_eq!(faults(&[], &[instructions(1.0)]), 1);
        assert_eq!(faults(&[allocations(1.0)], &[]), 1);
        assert_eq!(faults(&[instructions(3.0)], &[allocations(3.0)]), 2);
    }

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        for written in [instructions(1_030.0), allocations(9.31)] {
            assert_eq!(entry(&written.to_string()), Some(written));
        }
        assert_eq!(entry("1030 instructions ping-pong"), None);
    }
}
