//! Strace's command line, and the table that it writes.

use std::path::Path;

use anyhow::{Context, ensure};

use super::{Kind, Total};

pub(super) fn options(output: &Path) -> Vec<String> {
    let output = output.display().to_string();
    // All threads; the table alone, and of that the columns that are read. Told to end, it ends the program and writes.
    ["-I", "2", "-f", "-c", "-U", "calls,name", "-o", &output].map(String::from).into()
}

/// The lines of the table are a number and a name each; the last is the total.
pub(super) fn totals(text: &str) -> anyhow::Result<Vec<Total>> {
    let mut totals = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        if let (Some(calls), Some(name)) = (words.next(), words.next())
            && calls.starts_with(|c: char| c.is_ascii_digit())
            && name != "total"
        {
            let number = calls.parse().with_context(|| format!("strace wrote {line:?}"))?;
            totals.push(Total { kind: Kind::SystemCalls, part: name.into(), number });
        }
    }
    ensure!(!totals.is_empty(), "strace counted nothing");
    Ok(totals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_the_table_but_the_total_is_a_part() {
        let written = "    calls syscall\n--------- ----------------\n      120 recvfrom\n        3 futex\n\
                       --------- ----------------\n      123 total\n";
        let totals = totals(written).unwrap();
        let parts: Vec<_> = totals.iter().map(|total| (total.part.as_str(), total.number)).collect();
        assert_eq!(parts, [("recvfrom", 120), ("futex", 3)]);
    }

    #[test]
    fn a_table_that_is_not_there_is_an_error() {
        assert!(totals("").is_err());
    }
}
