//! The results as a table, and as JSON lines.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::Context;

use crate::case::Case;
use crate::figure::{Better, Figure, Summary};
use crate::program::Program;
use crate::run::{self, Series};

/// One line of a report: one subject's figure at one value of the parameter, over all rounds.
pub(crate) struct Row {
    pub(crate) subject: &'static str,
    pub(crate) value: u64,
    pub(crate) figure: Figure,
    pub(crate) rounds: usize,
    pub(crate) summary: Summary,
    /// Our median divided by this subject's.
    pub(crate) ratio: f64,
}

/// The rows of a case, ordered by figure, then by value, with ours first.
pub(crate) fn rows(results: &[Series]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for series in results {
        let Some(first) = series.rounds.first() else { continue };
        for (position, figure) in first.iter().enumerate() {
            let values: Vec<f64> = series.rounds.iter().map(|round| round[position].value).collect();
            let summary = Summary::of(&values);
            let ours = rows.iter().find(|row| row.value == series.value && row.figure.what == figure.what);
            let ratio = ours.map_or(1.0, |ours| ours.summary.median / summary.median);
            let (subject, value) = (series.subject.name, series.value);
            rows.push(Row { subject, value, figure: figure.clone(), rounds: values.len(), summary, ratio });
        }
    }
    let Some(first) = results.first() else { return rows };
    let figures: Vec<String> = first.rounds[0].iter().map(|figure| figure.what.clone()).collect();
    rows.sort_by_key(|row| figures.iter().position(|what| *what == row.figure.what));
    rows
}

/// Prints the results of a case as tables, one for each figure.
pub(crate) fn print(case: &Case, results: &[Series]) {
    println!("\n{}: {}", case.name, case.about);
    left_out(case);
    let (mut what, mut value) = (String::new(), None);
    for row in rows(results) {
        if what != row.figure.what {
            header(case, &row);
            (what, value) = (row.figure.what.clone(), None);
        }
        let shown = if value == Some(row.value) || case.parameter.is_empty() {
            String::new()
        } else {
            grouped(row.value)
        };
        value = Some(row.value);
        let Summary { median, min, max } = row.summary;
        let ratio = if row.ratio.is_finite() { format!("{:.2}", row.ratio) } else { "-".into() };
        println!(
            "  {shown:>12}  {:<24} {:>10} {:>10} {:>10} {ratio:>11}",
            row.subject,
            short(median),
            short(min),
            short(max)
        );
    }
}

/// Prints which subjects could not be measured, and what to install for them.
fn left_out(case: &Case) {
    for subject in case.subjects() {
        if let Some(Program { name, package }) = subject.missing() {
            println!("  {} is left out: it needs `{name}`: apt-get install {package}", subject.name);
        }
    }
}

fn header(case: &Case, row: &Row) {
    let better = match row.figure.better {
        Better::More => "more is better",
        Better::Less => "less is better",
    };
    println!("\n  {}, {} ({better}; {} rounds)", row.figure.what, row.figure.unit, row.rounds);
    println!(
        "  {:>12}  {:<24} {:>10} {:>10} {:>10} {:>11}",
        case.parameter, "", "median", "min", "max", "ours/other"
    );
}

/// A number with three significant digits.
fn short(value: f64) -> String {
    let before = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    format!("{value:.*}", usize::try_from(2 - before).unwrap_or(0))
}

/// A number with commas between its thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = (digits.len() + 2) % 3 + 1;
    let (head, tail) = digits.split_at(first);
    let groups = tail.as_bytes().chunks(3).map(|group| format!(",{}", String::from_utf8_lossy(group)));
    head.to_owned() + &groups.collect::<String>()
}

/// A file with one JSON object on each line.
pub(crate) struct JsonLines(File);

impl JsonLines {
    pub(crate) fn create(path: &Path) -> anyhow::Result<Self> {
        Ok(Self(File::create(path).with_context(|| path.display().to_string())?))
    }

    /// Appends the rows of a case. The names contain no character that JSON would escape.
    pub(crate) fn write(&mut self, case: &Case, results: &[Series]) -> anyhow::Result<()> {
        for row in rows(results) {
            let parameters = if case.parameter.is_empty() {
                String::new()
            } else {
                format!("{:?}:{}", case.parameter, row.value)
            };
            let Summary { median, min, max } = row.summary;
            writeln!(
                self.0,
                r#"{{"case":{:?},"subject":{:?},"parameters":{{{parameters}}},"figure":{:?},"unit":{:?},"better":{:?},"median":{},"min":{},"max":{},"ratio":{},"rounds":{},"cores":{},"processor":{:?}}}"#,
                case.name,
                row.subject,
                row.figure.what,
                row.figure.unit,
                format!("{:?}", row.figure.better).to_lowercase(),
                number(median),
                number(min),
                number(max),
                number(row.ratio),
                row.rounds,
                run::cores(),
                run::processor()
            )?;
        }
        Ok(())
    }
}

/// JSON has no infinity.
fn number(value: f64) -> String {
    if value.is_finite() { value.to_string() } else { "null".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_three_significant_digits() {
        let shown = [0.0, 0.012_34, 1.0, 99.96, 12_345.6].map(short);
        assert_eq!(shown, ["0.00", "0.0123", "1.00", "100.0", "12346"]);
    }

    #[test]
    fn commas_separate_thousands() {
        assert_eq!([0, 12, 999, 1_000, 1_000_000].map(grouped), ["0", "12", "999", "1,000", "1,000,000"]);
    }
}
