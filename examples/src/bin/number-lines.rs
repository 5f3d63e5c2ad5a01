//! Numbers the lines of standard input. If the output is a terminal, lines are cut to its width.

use std::io::{IsTerminal as _, stdout};

use clap::Parser;
use driver_console::{
    InputLine, OutputBytes, OutputFlush, OutputReady, OutputStream, PauseInput, TerminalSize, console_driver,
};
use examples::{log_to_standard_error, quit_with_output, run};
use marketplace_core::{Context, Ground, Pattern, Reason, Spawn, Stopping, topic};

/// Writes each line of standard input with its number before it
#[derive(Debug, Parser)]
struct Options {}

fn main() -> anyhow::Result<()> {
    let Options {} = Options::parse();
    log_to_standard_error();
    run(Ground::new().spawn(console_driver()).main(numberer()))
}

const OUTPUT: OutputStream = OutputStream::Stdout;

/// The endpoint that pauses the input.
const PAUSE: &str = "pause";

/// The maximum number of characters in a line.
struct Width(usize);

fn numberer() -> Spawn {
    Spawn::new(Width(usize::MAX), |_, cx| {
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|_, cx, _| cx.quit());
        cx.publisher(OutputBytes::to(OUTPUT)).on_absence(|_, cx, _, reason| quit_with_output(cx, reason));
        cx.observe_publishers(topic!(OutputReady { stream: OUTPUT }))
            .on_presence(|_, cx, _| cx.delete(PAUSE))
            .on_absence(|_, cx, _, _| {
                cx.publisher(topic!(PauseInput)).named(PAUSE);
            });
        if stdout().is_terminal() {
            fit_terminal(cx);
        }
        cx.subscriber(topic!(InputLine { .. }))
            .on_message(|Width(width), cx, line| {
                let text = format!("{:6}  {}", line.number, line.text());
                let shown: String = text.chars().take(*width).collect();
                cx.send(OutputBytes::line(OUTPUT, shown));
            })
            .on_absence(|_, cx, _, reason| finish(cx, reason.clone()));
    })
    .named("numberer")
}

/// Follows the width of the terminal.
fn fit_terminal(cx: &mut Context<'_, Width>) {
    cx.subscriber(topic!(TerminalSize { .. })).on_presence(|Width(width): &mut Width, _, peer| {
        if let Some(size) = peer.conversation.value() {
            *width = size.columns.into();
        }
    });
}

/// Quits when everything has been written, or cannot be written.
fn finish(cx: &mut Context<'_, Width>, reason: Reason) {
    cx.ask(OutputFlush { stream: OUTPUT }).then(|_, cx, flushed| {
        match flushed? {
            Ok(()) => cx.quit_because(reason),
            Err(reason) => quit_with_output(cx, &reason),
        }
        anyhow::Ok(())
    });
}
