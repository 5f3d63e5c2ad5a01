//! Counting what one operation takes: instructions, allocations, system calls, misses of simulated caches.
//!
//! Two processes do the same work, the second with several times as many operations as the first, and a [`Tool`] counts
//! each of them from start to end. The difference between their counts, divided by the difference between their numbers
//! of operations, is what one operation takes. The start and the end of a process are in both counts and cancel out.

mod table;

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};

use crate::baseline::{self, Entry};
use crate::case::{CASES, Case, Counted, Counting, Size, Subject};
use crate::folder::Folder;
use crate::options::Counts;
use crate::run;
use crate::tool::{Kind, SERVERS_RUN_UNDER, Tool, Total};

/// How long a run may take. Under callgrind it takes some fifty times as long as without.
const LONGEST: Duration = Duration::from_secs(600);

/// How many times as many operations the larger run does. The larger this number, the less it matters that the start
/// and the end of the two runs differ a little.
const TIMES: u64 = 5;

/// Something to count: a case at one value of its parameter.
#[derive(Clone, Copy)]
struct Job {
    case: &'static Case,
    counting: &'static Counting,
    counted: &'static Counted,
}

/// What one operation takes.
struct Count {
    subject: &'static str,
    kind: Kind,
    number: f64,
    /// The parts of the number, the largest first, if it has parts (system calls by name).
    parts: Vec<(String, f64)>,
}

/// Counts whatever the cases define for counting.
pub(crate) fn cases(cases: &[&'static Case], counts: Counts) -> anyhow::Result<()> {
    match counts {
        Counts::Shown => show(cases),
        Counts::Checked => check(cases),
        Counts::Kept => update(cases),
    }
}

/// Prints the counts of every subject as a table.
fn show(cases: &[&'static Case]) -> anyhow::Result<()> {
    table::print_header();
    for job in jobs(cases) {
        let Job { case, counted, .. } = job;
        let mut counts = Vec::new();
        for subject in case.subjects().filter(|subject| subject.is_counted && counted.value <= subject.most) {
            if subject.missing().is_none() {
                counts.extend(job.count(subject)?);
            }
        }
        table::print(job, &counts);
    }
    Ok(())
}

/// Counts ours, and compares the counts with those in the file.
fn check(cases: &[&'static Case]) -> anyhow::Result<()> {
    let kept = baseline::read(&baseline::path())?;
    let now = ours(cases)?;
    let kept: Vec<_> = kept.into_iter().filter(|entry| is_of(entry, cases)).collect();
    let changes = baseline::changes(&kept, &now);
    changes.savings.iter().for_each(|saving| println!("{saving}"));
    if !changes.faults.is_empty() {
        bail!("{}\nif this is intended, run `cargo xtask bench --count --update`", changes.faults.join("\n"));
    }
    Ok(())
}

/// Counts ours, and replaces those in the file.
fn update(cases: &[&'static Case]) -> anyhow::Result<()> {
    let path = baseline::path();
    let mut kept = if path.exists() { baseline::read(&path)? } else { Vec::new() };
    kept.retain(|entry| !is_of(entry, cases));
    kept.extend(ours(cases)?);
    kept.sort_by_key(|entry| CASES.iter().position(|case| is_of(entry, &[case])));
    baseline::write(&path, &kept, &compiler()?)
}

/// The compiler's version. Counts depend on the compiler.
fn compiler() -> anyhow::Result<String> {
    let version = Command::new("rustc").arg("--version").output().context("rustc")?.stdout;
    Ok(String::from_utf8(version)?.trim().into())
}

/// Our counts that belong in the file. Each is printed as soon as it is known.
fn ours(cases: &[&'static Case]) -> anyhow::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for job in jobs(cases).filter(|job| job.counted.is_checked) {
        for Count { kind, number, .. } in job.count(&job.case.ours[0])? {
            let entry = Entry { number, kind: kind.name().into(), of: job.name() };
            println!("{entry}");
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// Whether an entry belongs to one of these cases.
fn is_of(entry: &Entry, cases: &[&'static Case]) -> bool {
    cases.iter().any(|case| entry.of.split(' ').next() == Some(case.name))
}

fn jobs(cases: &[&'static Case]) -> impl Iterator<Item = Job> {
    let counted = cases.iter().filter_map(|case| Some((*case, case.counting.as_ref()?)));
    counted
        .flat_map(|(case, counting)| counting.at.iter().map(move |counted| Job { case, counting, counted }))
}

impl Job {
    /// Its name in the file of counts.
    fn name(self) -> String {
        let Self { case, counted, .. } = self;
        if case.parameter.is_empty() {
            case.name.into()
        } else {
            format!("{} at {}", case.name, counted.value)
        }
    }

    /// Counts what an operation of a subject takes.
    fn count(self, subject: &'static Subject) -> anyhow::Result<Vec<Count>> {
        let mut counts = Vec::new();
        for tool in self.counted.tools {
            let (small, large) = self
                .count_twice(subject, *tool)
                .with_context(|| format!("{}: {}, by {tool:?}", self.name(), subject.name))?;
            for kind in Kind::ALL {
                let parts = differences(kind, &small, &large, (TIMES - 1) * self.counted.operations);
                if !parts.is_empty() {
                    let number = parts.iter().map(|(_, number)| number).sum();
                    counts.push(Count { subject: subject.name, kind, number, parts });
                }
            }
        }
        Ok(counts)
    }

    /// The totals of the smaller and of the larger run. Both run at the same time.
    fn count_twice(self, subject: &Subject, tool: Tool) -> anyhow::Result<(Vec<Total>, Vec<Total>)> {
        let folder = Folder::new()?;
        let run = |times: u64| {
            let size = Size { value: self.counted.value, operations: self.counted.operations * times };
            self.run(subject, size, tool, &folder.path().join(times.to_string()))
        };
        thread::scope(|scope| {
            let small = scope.spawn(|| run(1));
            let large = run(TIMES);
            let small = small.join().map_err(|_| anyhow!("the counting panicked"))?;
            Ok((small?, large?))
        })
    }

    /// Runs a subject, or the server that it starts, under a tool.
    fn run(self, subject: &Subject, size: Size, tool: Tool, output: &Path) -> anyhow::Result<Vec<Total>> {
        let words = tool.command(output)?;
        let this = env::current_exe()?;
        let mut command = if self.counting.is_of_server {
            let mut command = Command::new(this);
            command.env(SERVERS_RUN_UNDER, words.join("\n"));
            command
        } else {
            let mut command = Command::new(&words[0]);
            command.args(&words[1..]).arg(this);
            command
        };
        command.args(run::arguments(self.case, subject, size, LONGEST)).env_remove("RUST_BACKTRACE");
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit()).status()?;
        ensure!(status.success(), "the run failed ({status})\n{}", tool.log(output));
        tool.totals(output)
    }
}

/// How much of each part of a kind one operation takes, the largest first.
fn differences(kind: Kind, small: &[Total], large: &[Total], operations: u64) -> Vec<(String, f64)> {
    let of_kind = large.iter().filter(|total| total.kind == kind);
    let mut parts: Vec<_> = of_kind
        .map(|total| {
            let before = small.iter().find(|other| other.kind == kind && other.part == total.part);
            let before = before.map_or(0, |before| before.number);
            (total.part.clone(), (total.number as f64 - before as f64) / operations as f64)
        })
        .collect();
    parts.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(part: &str, number: u64) -> Total {
        Total { kind: Kind::SystemCalls, part: part.into(), number }
    }

    #[test]
    fn the_start_and_the_end_of_a_process_are_not_counted() {
        let small = [calls("mmap", 20), calls("recvfrom", 1_010)];
        let large = [calls("mmap", 20), calls("recvfrom", 2_010), calls("futex", 500)];
        let expected = [("recvfrom".into(), 1.0), ("futex".into(), 0.5), ("mmap".into(), 0.0)];
        assert_eq!(differences(Kind::SystemCalls, &small, &large, 1_000), expected);
        assert_eq!(differences(Kind::Instructions, &small, &large, 1_000), []);
    }
}
