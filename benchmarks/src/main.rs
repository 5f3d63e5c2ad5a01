//! Marketplace measured beside what one would take instead: `cargo xtask bench`.
//!
//! One file a case, in `case/`; one function a subject. Each measurement runs in a process of its own, which
//! is this program again: [`run`] starts it and takes the figures that it prints.

mod case;
mod clock;
mod dataspace;
mod elsewhere;
mod figure;
mod folder;
/// What the example `chat-server` needs for its people, who are those of `server::rooms` too.
#[path = "../../examples/src/bin/chat-server/line.rs"]
mod line;
mod others;
mod ours;
mod plot;
mod program;
mod report;
mod run;
mod server;

use std::env;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};

const HELP: &str = "\
Measures Marketplace beside what one would take instead.

Usage: cargo xtask bench [CASE...] [--json FILE] [--plot DIR]

  CASE           measure these cases only
  --json FILE    also write the results to a file, a JSON object a line
  --plot DIR     also draw each case that has a curve, as SVG
  --list         list the cases
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match command(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn command(arguments: &[&str]) -> anyhow::Result<()> {
    match arguments {
        ["--help" | "-h"] => print!("{HELP}"),
        ["--list"] => case::CASES.iter().for_each(|case| println!("{:<20} {}", case.name, case.about)),
        ["measure", case, subject, value] => run::measure(case, subject, value)?,
        ["become", program, arguments @ ..] => program::become_program(program, arguments)?,
        ["serve", kind, name, buffer] => server::serve(kind, name, buffer)?,
        arguments => compare(arguments)?,
    }
    Ok(())
}

/// Measures the cases asked for, and reports each as soon as it is done.
fn compare(mut arguments: &[&str]) -> anyhow::Result<()> {
    let (mut cases, mut json, mut plots) = (Vec::new(), None, None);
    loop {
        arguments = match arguments {
            [] => break,
            ["--json", file, rest @ ..] => {
                json = Some(report::JsonLines::create(Path::new(file))?);
                rest
            }
            ["--plot", folder, rest @ ..] => {
                plots = Some(Path::new(*folder));
                rest
            }
            [option, ..] if option.starts_with('-') => bail!("there is no option `{option}`\n\n{HELP}"),
            [name, rest @ ..] => {
                cases.push(case::find(name)?);
                rest
            }
        }
    }
    if cases.is_empty() {
        cases.extend(case::CASES);
    }
    println!("{} cores", run::cores());
    for case in cases {
        let results = run::case(case).with_context(|| format!("case `{}`", case.name))?;
        report::print(case, &results);
        if let Some(json) = &mut json {
            json.write(case, &results)?;
        }
        if let Some(folder) = plots {
            plot::draw(folder, case, &results)?;
        }
    }
    Ok(())
}
