//! Prints the signals that it receives, until Ctrl-C.

use clap::Parser;
use driver_signal::{Signal, SignalError, SignalKind, signal_driver};
use examples::{log_to_standard_error, print_line, run};
use marketplace_core::{Ground, Spawn, topic};

/// Print the signals that the program receives, until Ctrl-C
#[derive(Debug, Parser)]
struct Options {}

/// The signals that it listens for. While it listens, they have no other effect on the program.
const KINDS: [SignalKind; 4] =
    [SignalKind::Hangup, SignalKind::User1, SignalKind::User2, SignalKind::WindowChange];

fn main() -> anyhow::Result<()> {
    let Options {} = Options::parse();
    log_to_standard_error();
    run(Ground::new().spawn(signal_driver()).main(listener()))
}

fn listener() -> Spawn {
    Spawn::new((), |(), cx| {
        // If one cannot be caught, this process fails and ends the program.
        cx.subscriber(topic!(SignalError { .. }))
            .on_message(|(), _, error| error.reason.clone().into_result());
        for kind in KINDS {
            cx.observe_publishers(topic!(Signal { kind }))
                .on_presence(move |(), cx, _| print_line(cx, format_args!("listening for {kind}")));
            cx.subscriber(topic!(Signal { kind })).on_message(move |(), cx, _| print_line(cx, kind));
        }
    })
    .named("listener")
}
