//! Prints the time, now and every second.

use std::num::NonZeroU64;
use std::time::{Duration, SystemTime};

use clap::Parser;
use driver_timer::{SetTimer, TimerExpired, timer_driver};
use examples::{log_to_standard_error, print_line, run};
use marketplace_core::{Ground, Spawn, topic};

/// Print the time, now and every second
#[derive(Debug, Parser)]
struct Options {
    /// How many times to print it [default: for ever]
    #[arg(long, value_name = "N")]
    times: Option<NonZeroU64>,
}

fn main() -> anyhow::Result<()> {
    let Options { times } = Options::parse();
    log_to_standard_error();
    run(Ground::new().spawn(timer_driver()).main(ticker(times.unwrap_or(NonZeroU64::MAX))))
}

fn ticker(times: NonZeroU64) -> Spawn {
    Spawn::new(times.get(), |_, cx| {
        cx.subscriber(topic!(TimerExpired { label: "tick".into(), .. })).on_message(|left, cx, tick| {
            *left -= 1;
            if *left > 0 {
                cx.send(SetTimer::after("tick", Duration::from_secs(1)));
            } else {
                cx.quit();
            }
            print_line(cx, format_args!("{} s since 1970", since_1970(tick.time)))
        });
        // A timer of zero expires at once, and the answer carries the time.
        cx.send(SetTimer::after("tick", Duration::ZERO));
    })
    .named("ticker")
}

fn since_1970(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
