//! The counts as a table, in the format of the one in `benchmarks/README.md`.

use super::{Count, Job};
use crate::baseline::shown;
use crate::tool::Kind;

/// Parts smaller than this are left out.
const LEAST: f64 = 0.02;

pub(super) fn print_header() {
    println!("| what | count | ours | others |\n| --- | --- | --- | --- |");
}

/// Prints the counts of a job, one line for each kind, with ours before the others.
pub(super) fn print(job: Job, counts: &[Count]) {
    let ours = job.case.ours[0].name;
    for kind in Kind::ALL {
        let of_kind = || counts.iter().filter(|count| count.kind == kind);
        if let Some(own) = of_kind().find(|count| count.subject == ours) {
            let others = of_kind().filter(|count| count.subject != ours);
            let others: Vec<_> =
                others.map(|count| format!("{} {}", count.subject, grouped(&shown(count.number)))).collect();
            let (what, kind, parts) = (what(job), kind.name(), parts(own));
            println!("| {what} | {kind} | {}{parts} | {} |", grouped(&shown(own.number)), others.join("; "));
        }
    }
}

/// The name of an operation, for example "`tcp-echo`, 100 connections: a round trip".
fn what(job: Job) -> String {
    let Job { case, counting, counted } = job;
    let at = if case.parameter.is_empty() {
        String::new()
    } else {
        format!(", {} {}", grouped(&counted.value.to_string()), case.parameter)
    };
    format!("`{}`{at}: a {}", case.name, counting.operation)
}

/// The parts of a count, if it has any.
fn parts(count: &Count) -> String {
    let parts = count.parts.iter().filter(|(name, number)| !name.is_empty() && *number >= LEAST);
    let parts: Vec<_> = parts.map(|(name, number)| format!("{name} {}", shown(*number))).collect();
    if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) }
}

/// A number with commas between its thousands.
fn grouped(number: &str) -> String {
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}
