//! Callgrind's command line and its output format: <https://valgrind.org/docs/manual/cl-format.html>.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;

use super::{Kind, Total};

/// The simulated caches, the same on every machine. The numbers are the size in bytes, the ways, and the line length.
const CACHES: [&str; 3] = ["--I1=32768,8,64", "--D1=32768,8,64", "--LL=8388608,16,64"];

/// The functions that allocate memory.
const ALLOCATING: [&str; 5] = ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"];

/// The events that are misses of the last level: for instructions, for data reads and for data writes.
const LAST_LEVEL_MISSES: [&str; 3] = ["ILmr", "DLmr", "DLmw"];

pub(super) fn options(output: &Path, with_caches: bool) -> Vec<String> {
    let mut options = vec!["--tool=callgrind".into(), format!("--log-file={}.log", output.display())];
    options.push(format!("--callgrind-out-file={}", output.display()));
    if with_caches {
        options.push("--cache-sim=yes".into());
        options.extend(CACHES.map(String::from));
    }
    options
}

pub(super) fn totals(text: &str) -> anyhow::Result<Vec<Total>> {
    let events = line(text, "events:").context("callgrind names no events")?.split_whitespace();
    let numbers = line(text, "totals:").context("callgrind gives no totals")?.split_whitespace();
    let numbers = numbers.map(str::parse).collect::<Result<Vec<u64>, _>>()?;
    let events: HashMap<&str, u64> = events.zip(numbers).collect();
    let instructions = *events.get("Ir").context("callgrind counted no instructions")?;
    let mut totals = vec![
        Total::whole(Kind::Instructions, instructions),
        Total::whole(Kind::Allocations, allocations(text)?),
    ];
    let misses: Vec<u64> = LAST_LEVEL_MISSES.iter().filter_map(|event| events.get(event)).copied().collect();
    if !misses.is_empty() {
        totals.push(Total::whole(Kind::CacheMisses, misses.iter().sum()));
    }
    Ok(totals)
}

/// The rest of the first line that begins with `key`.
fn line<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(key))
}

/// How often memory was allocated: the number of calls of the allocating functions.
///
/// A call is two lines, `cfn=(ID) NAME` and then `calls=COUNT ...`. Only the first mention of a function, as a caller
/// (`fn=`) or as a callee (`cfn=`), has the name; later ones have only the ID.
fn allocations(text: &str) -> anyhow::Result<u64> {
    let (mut allocating, mut is_called, mut calls) = (Vec::new(), false, 0);
    for line in text.lines() {
        if let Some(function) = line.strip_prefix("cfn=").or_else(|| line.strip_prefix("fn=")) {
            let (id, name) = function.split_once(' ').unwrap_or((function, ""));
            if ALLOCATING.contains(&name) {
                allocating.push(id);
            }
            is_called = line.starts_with('c') && allocating.contains(&id);
        } else if let Some(call) = line.strip_prefix("calls=")
            && is_called
        {
            let count = call.split_whitespace().next().context("calls without a count")?;
            calls += count.parse::<u64>()?;
        }
    }
    Ok(calls)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = "\
events: Ir Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw
fn=(1) main
0 10
cfn=(2) malloc
calls=3 0
0 30
cfn=(3) reallocate
calls=7 0
0 70
fn=(2)
0 5
fn=(4) Vec::grow
cfn=(2)
calls=4 0
0 40
cfn=(5) realloc
calls=1 0
0 9
totals: 1000 200 100 1 2 3 4 5 6
";

    fn number(totals: &[Total], kind: Kind) -> Option<u64> {
        totals.iter().find(|total| total.kind == kind).map(|total| total.number)
    }

    #[test]
    fn calls_of_allocating_functions_are_allocations_whether_named_or_by_id() {
        assert_eq!(number(&totals(WRITTEN).unwrap(), Kind::Allocations), Some(3 + 4 + 1));
    }

    #[test]
    fn misses_of_the_last_level_include_instructions_and_data() {
        let totals = totals(WRITTEN).unwrap();
        assert_eq!(number(&totals, Kind::CacheMisses), Some(4 + 5 + 6));
        assert_eq!(number(&totals, Kind::Instructions), Some(1_000));
    }

    #[test]
    fn without_simulated_caches_there_are_no_misses() {
        let totals = totals("events: Ir\ntotals: 12\n").unwrap();
        assert_eq!(number(&totals, Kind::CacheMisses), None);
        assert_eq!(number(&totals, Kind::Instructions), Some(12));
    }

    #[test]
    fn output_without_totals_is_an_error() {
        assert!(totals("events: Ir\nfn=(1) main\n").is_err());
    }
}
