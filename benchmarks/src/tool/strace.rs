//! Strace's command line and its table.

use std::path::Path;

use anyhow::{Context, ensure};

use super::{Kind, Total};

pub(super) fn options(output: &Path) -> Vec<String> {
    let output = output.display().to_string();
    // All threads (`-f`); only the table (`-c`), with only the columns that are read (`-U`). On SIGTERM strace ends the
    // program and writes the table (`-I 2`).
    ["-I", "2", "-f", "-c", "-U", "calls,name", "-o", &output].map(String::from).into()
}

/// Each line of the table has a number and a name. The last line is the total.
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
    fn each_line_of_the_table_except_the_total_is_a_part() {
        let written = "    calls syscall\n--------- ----------------\n      120 recvfrom\n        3 futex\n\
                       --------- ----------------\n      123 total\n";
        let totals = totals(written).unwrap();
        let parts: Vec<_> = totals.iter().map(|total| (total.part.as_str(), total.number)).collect();
        assert_eq!(parts, [("recvfrom", 120), ("futex", 3)]);
    }

    #[test]
    fn a_missing_table_is_an_error() {
        assert!(totals("").is_err());
    }
}
