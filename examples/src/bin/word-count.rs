//! Counts the lines and the words of standard input.

use clap::Parser;
use driver_console::{InputLine, console_driver};
use examples::{log_to_standard_error, print_line, run};
use marketplace_core::{Ground, Spawn, topic};

/// Counts the lines and the words of standard input
#[derive(Debug, Parser)]
struct Options {}

fn main() -> anyhow::Result<()> {
    let Options {} = Options::parse();
    log_to_standard_error();
    run(Ground::new().spawn(console_driver()).main(counter()))
}

/// Prints the number of lines and words at the end of the input.
fn counter() -> Spawn {
    Spawn::new((0, 0), |_, cx| {
        cx.subscriber(topic!(InputLine { .. }))
            .on_message(|(lines, words), _, line| {
                *lines = line.number;
                *words += line.text().split_whitespace().count();
            })
            .on_absence(|(lines, words), cx, _, reason| {
                cx.quit_because(reason.clone());
                print_line(cx, format_args!("{lines} lines, {words} words"))
            });
    })
    .named("counter")
}
