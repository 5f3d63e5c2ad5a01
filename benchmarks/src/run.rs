//! Measuring: in rounds, one subject after the other, each measurement in a new process.

use std::env;
use std::fs;
use std::process::{self, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::case::{self, Case, Size, Subject};
use crate::figure::Figure;

/// No further round begins after a case has taken this long, so that a case stays under a minute.
const ENOUGH: Duration = Duration::from_secs(40);

/// How long a single measurement may take.
const LONGEST: Duration = Duration::from_secs(30);

/// The figures of one subject at one value of the parameter, from all rounds.
pub(crate) struct Series {
    pub(crate) subject: &'static Subject,
    pub(crate) value: u64,
    pub(crate) rounds: Vec<Vec<Figure>>,
}

/// How many threads can run at the same time.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
}

/// The processor's name, as the processor reports it.
pub(crate) fn processor() -> String {
    let about = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = about.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or("an unknown processor", |(_, name)| name.trim()).into()
}

/// Measures a case. Each round measures every subject at every value, one after the other.
pub(crate) fn case(case: &'static Case) -> anyhow::Result<Vec<Series>> {
    let mut results: Vec<Series> = Vec::new();
    for &value in case.values {
        let subjects = case.subjects().filter(|subject| value <= subject.most && subject.missing().is_none());
        results.extend(subjects.map(|subject| Series { subject, value, rounds: Vec::new() }));
    }
    let start = Instant::now();
    for _ in 0..case.rounds {
        if start.elapsed() < ENOUGH {
            for series in &mut results {
                let figures = measure_apart(case, series.subject, series.value);
                series
                    .rounds
                    .push(figures.with_context(|| format!("{} at {}", series.subject.name, series.value))?);
            }
        }
    }
    Ok(results)
}

/// Measures in a new process, so that one subject leaves nothing behind for the next.
fn measure_apart(case: &Case, subject: &Subject, value: u64) -> anyhow::Result<Vec<Figure>> {
    let output = Command::new(env::current_exe()?)
        .args(arguments(case, subject, Size { value, operations: (case.operations)(value) }, LONGEST))
        // An error's backtrace is for debugging, and slow.
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        bail!("the measurement failed ({})", output.status);
    }
    String::from_utf8(output.stdout)?.lines().map(str::parse).collect()
}

/// The arguments with which this program measures once.
pub(crate) fn arguments(case: &Case, subject: &Subject, size: Size, longest: Duration) -> [String; 6] {
    let Size { value, operations } = size;
    let numbers = [value, operations, longest.as_secs()].map(|number| number.to_string());
    let [value, operations, longest] = numbers;
    ["measure".into(), case.name.into(), subject.name.into(), value, operations, longest]
}

/// The other side of [`arguments`]: measures once and prints the figures.
pub(crate) fn measure(case: &str, subject: &str, size: Size, longest: Duration) -> anyhow::Result<()> {
    thread::spawn(move || {
        thread::sleep(longest);
        eprintln!("the measurement has not ended after {longest:?}");
        process::exit(1);
    });
    let figures = (case::find(case)?.subject(subject)?.run)(size)?;
    figures.iter().for_each(|figure| println!("{}", figure.line()));
    Ok(())
}
