//! The curves of a case as SVG: both axes are logarithmic, and each subject is a line.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::case::Case;
use crate::report::{Row, rows};
use crate::run::Series;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
/// Left, right, top and bottom of the area with the curves. The subjects' names are to the right of it.
const FIELD: (f64, f64, f64, f64) = (70.0, 460.0, 40.0, 350.0);
const COLOURS: [&str; 8] =
    ["#d62728", "#1f77b4", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b", "#17becf", "#7f7f7f"];

/// Draws each figure of a case into a file, which is named after the case and the figure. A case with fewer than two
/// values has no curves.
pub(crate) fn draw(folder: &Path, case: &Case, results: &[Series]) -> anyhow::Result<()> {
    if case.values.len() < 2 {
        return Ok(());
    }
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let rows = rows(results);
    for figure in rows.chunk_by(|a, b| a.figure.what == b.figure.what) {
        let path = folder.join(format!("{}-{}.svg", case.name, figure[0].figure.what.replace(' ', "-")));
        fs::write(&path, curves(case, figure)).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// A logarithmic axis, which begins and ends at a whole power of ten.
struct Axis {
    powers: (i32, i32),
    ends: (f64, f64),
}

impl Axis {
    fn new(values: impl Iterator<Item = f64> + Clone, ends: (f64, f64)) -> Self {
        let lowest = values.clone().fold(f64::INFINITY, f64::min).log10().floor() as i32;
        let highest = values.fold(0.0, f64::max).log10().ceil() as i32;
        Self { powers: (lowest, highest.max(lowest + 1)), ends }
    }

    fn place(&self, value: f64) -> f64 {
        let (low, high) = (f64::from(self.powers.0), f64::from(self.powers.1));
        self.ends.0 + (value.log10() - low) / (high - low) * (self.ends.1 - self.ends.0)
    }

    /// The labels of the powers of ten, and their positions.
    fn ticks(&self) -> impl Iterator<Item = (String, f64)> {
        (self.powers.0..=self.powers.1).map(|power| {
            let decimals = usize::try_from(-power).unwrap_or(0);
            (format!("{:.decimals$}", 10_f64.powi(power)), self.place(10_f64.powi(power)))
        })
    }
}

fn curves(case: &Case, rows: &[Row]) -> String {
    let (left, right, top, bottom) = FIELD;
    let points: Vec<&Row> = rows.iter().filter(|row| row.value > 0 && row.summary.median > 0.0).collect();
    let x = Axis::new(points.iter().map(|row| row.value as f64), (left, right));
    let y = Axis::new(points.iter().map(|row| row.summary.median), (bottom, top));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    text(
        &mut svg,
        (left, 22.0),
        "start",
        &format!("{}: {}, {}", case.name, rows[0].figure.what, rows[0].figure.unit),
    );
    text(&mut svg, ((left + right) / 2.0, HEIGHT - 10.0), "middle", case.parameter);
    for (label, at) in x.ticks() {
        line(&mut svg, "#ddd", &[(at, top), (at, bottom)]);
        text(&mut svg, (at, bottom + 16.0), "middle", &label);
    }
    for (label, at) in y.ticks() {
        line(&mut svg, "#ddd", &[(left, at), (right, at)]);
        text(&mut svg, (left - 6.0, at + 4.0), "end", &label);
    }
    for (subject, colour) in case.subjects().zip(COLOURS.iter().cycle()) {
        let own = points.iter().filter(|row| row.subject == subject.name);
        let curve: Vec<_> = own.map(|row| (x.place(row.value as f64), y.place(row.summary.median))).collect();
        line(&mut svg, colour, &curve);
    }
    legend(&mut svg, case);
    svg + "</svg>\n"
}

/// The subjects' names, each after a line in the colour of its curve.
fn legend(svg: &mut String, case: &Case) {
    let from = FIELD.1 + 14.0;
    for (place, (subject, colour)) in case.subjects().zip(COLOURS.iter().cycle()).enumerate() {
        let at = FIELD.2 + 10.0 + 18.0 * place as f64;
        line(svg, colour, &[(from, at), (from + 16.0, at)]);
        text(svg, (from + 22.0, at + 4.0), "start", subject.name);
    }
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(svg, "<text x=\"{x:.0}\" y=\"{y:.0}\" text-anchor=\"{anchor}\">{text}</text>");
}

fn line(svg: &mut String, colour: &str, points: &[(f64, f64)]) {
    let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let points = points.join(" ");
    let _ =
        writeln!(svg, "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>");
}
