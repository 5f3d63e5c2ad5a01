//! A figure: the result of one measurement, and the summary of several.

use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, bail};

/// One number that is the result of a measurement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figure {
    /// What was measured, for example "delivery".
    pub(crate) what: String,
    pub(crate) unit: String,
    pub(crate) better: Better,
    pub(crate) value: f64,
}

/// Whether more or less of it is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Better {
    More,
    Less,
}

/// The same figure over several rounds.
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Figure {
    pub(crate) fn more(what: &str, unit: &str, value: f64) -> Self {
        Self { what: what.into(), unit: unit.into(), better: Better::More, value }
    }

    pub(crate) fn less(what: &str, unit: &str, value: f64) -> Self {
        Self { what: what.into(), unit: unit.into(), better: Better::Less, value }
    }

    /// How many operations there were in a second, in millions, if `count` operations took `time`.
    pub(crate) fn millions_a_second(what: &str, count: u64, time: Duration) -> Self {
        Self::more(what, "million/s", count as f64 / time.as_secs_f64() / 1e6)
    }

    /// How many nanoseconds each operation took, if `count` operations took `time`.
    pub(crate) fn nanoseconds_each(what: &str, count: u64, time: Duration) -> Self {
        Self::less(what, "ns", time.as_secs_f64() / count as f64 * 1e9)
    }

    /// The line that a measuring process prints for the process that started it.
    pub(crate) fn line(&self) -> String {
        let better = match self.better {
            Better::More => "more",
            Better::Less => "less",
        };
        format!("{}\t{}\t{better}\t{}", self.what, self.unit, self.value)
    }
}

impl FromStr for Figure {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> anyhow::Result<Self> {
        let [what, unit, better, value] = line.split('\t').collect::<Vec<_>>()[..] else {
            bail!("not a figure: {line:?}");
        };
        let better = if better == "more" { Better::More } else { Better::Less };
        let value = value.parse().with_context(|| format!("not a figure: {line:?}"))?;
        Ok(Self { what: what.into(), unit: unit.into(), better, value })
    }
}

impl Summary {
    /// The summary of `values`, of which there must be at least one.
    pub(crate) fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let median =
            if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 };
        Self { median, min: sorted[0], max: sorted[sorted.len() - 1] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_turns_back_into_its_figure() {
        let figure = Figure::millions_a_second("round trips", 3_000_000, Duration::from_secs(2));
        assert_eq!(figure.line().parse::<Figure>().unwrap(), figure);
    }

    #[test]
    fn the_median_of_an_even_number_of_values_is_between_the_middle_two() {
        let summary = Summary::of(&[4.0, 1.0, 2.0, 8.0]);
        assert_eq!((summary.min, summary.median, summary.max), (1.0, 3.0, 8.0));
    }
}
