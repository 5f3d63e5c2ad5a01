//! Timers and events of the ground, used two virtual machines down: an example of relays.
//!
//! In the inner machine one process counts down with timers, and another one subscribes to a source of numbers. Both reach
//! the ground through a relay in each machine in between.

use std::time::Duration;

use clap::Parser;
use driver_event_relay::event_relay;
use driver_timer::{SetTimer, TimerExpired, timer_driver, timer_relay};
use examples::{log_to_standard_error, print_line, run};
use futures::stream;
use marketplace_core::{EventSource, Ground, Spawn, topic};

/// Timers and events of the ground, used two virtual machines down
#[derive(Debug, Parser)]
struct Options {}

fn main() -> anyhow::Result<()> {
    let Options {} = Options::parse();
    log_to_standard_error();
    let numbers = EventSource::once("numbers", stream::iter([1, 2, 3]));
    let inner = Spawn::nested([timer_relay("inner"), event_relay("inner"), countdown(), listener(numbers)]);
    let outer = Spawn::nested([timer_relay("outer"), event_relay("outer"), inner.named("inner")]);
    run(Ground::new().spawn(timer_driver()).main(outer.named("outer")))
}

/// Counts down to lift-off. After that nothing can happen any more, so the program ends.
fn countdown() -> Spawn {
    Spawn::new(3, |_, cx| {
        cx.subscriber(topic!(TimerExpired { label: "countdown".into(), .. })).on_message(|left, cx, _| {
            print_line(cx, format_args!("{left} ..."))?;
            *left -= 1;
            if *left > 0 {
                cx.send(SetTimer::after("countdown", Duration::from_millis(100)));
                return Ok(());
            }
            cx.quit();
            print_line(cx, "lift-off")
        });
        cx.publisher(topic!(SetTimer { label: "countdown".into(), .. })).on_presence(|_, cx, _| {
            cx.send(SetTimer::after("countdown", Duration::from_millis(100)));
        });
    })
    .named("countdown")
}

/// Prints the numbers of a source until it ends.
fn listener(source: EventSource) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.on_event(&source, |(), cx, number: &i32| print_line(cx, format_args!("number {number}")))
            .on_absence(|(), cx, _, _| cx.quit());
    })
    .named("listener")
}
