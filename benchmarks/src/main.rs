//! `cargo xtask bench`: compares Marketplace with the libraries that you might use instead.
//!
//! Each case is a file in `case/`, and each subject is a function. Each measurement runs in a new process of this same
//! program: [`run`] starts it and reads the figures that it prints.

mod baseline;
mod case;
mod clock;
mod count;
#[cfg(feature = "others")]
mod dataspace;
mod elsewhere;
mod figure;
mod folder;
/// A part of the example `chat-server`, whose people `server::rooms` uses too.
#[path = "../../examples/src/bin/chat-server/line.rs"]
mod line;
mod options;
#[cfg(feature = "others")]
mod others;
mod ours;
mod plot;
mod program;
mod report;
mod run;
mod server;
/// Another part of the example `chat-server`.
#[allow(dead_code, reason = "each of the rooms here is in one place alone")]
#[path = "../../examples/src/bin/chat-server/speaker.rs"]
mod speaker;
mod tool;

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;

use case::Size;
use options::{HELP, Options};

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
        ["measure", case, subject, value, operations, longest] => {
            let size = Size { value: value.parse()?, operations: operations.parse()? };
            run::measure(case, subject, size, Duration::from_secs(longest.parse()?))?;
        }
        ["become", program, arguments @ ..] => program::become_program(program, arguments)?,
        ["serve", kind, name, buffer] => server::serve(kind, name, buffer)?,
        arguments => {
            let options = Options::parse(arguments)?;
            match options.counting {
                Some(counts) => count::cases(&options.cases, counts)?,
                None => compare(options)?,
            }
        }
    }
    Ok(())
}

/// Measures the chosen cases, and reports each as soon as it is done.
fn compare(mut options: Options) -> anyhow::Result<()> {
    println!("{} cores of {}", run::cores(), run::processor());
    for case in options.cases {
        let results = run::case(case).with_context(|| format!("case `{}`", case.name))?;
        report::print(case, &results);
        if let Some(json) = &mut options.json {
            json.write(case, &results)?;
        }
        if let Some(folder) = &options.plots {
            plot::draw(folder, case, &results)?;
        }
    }
    Ok(())
}
