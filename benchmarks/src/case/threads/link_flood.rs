//! Messages one way to another ground on another thread. The sender waits while the link reports that it is full.

#[cfg_attr(not(feature = "others"), path = "../nobody.rs")]
mod others;

use std::sync::mpsc::Sender;

use driver_link::{LinkPressure, Shared};
use marketplace_core::{Context, Message, Spawn, topic};

use super::joined;
use super::{Clocks, Times};
use crate::case::{Case, Counted, Counting, Subject, Tool};
use crate::figure::Figure;

pub(crate) const CASE: Case = Case {
    name: "threads-link-flood",
    about: "messages one way to another ground, on a thread of its own, over a link",
    parameter: "",
    values: &[0],
    rounds: 7,
    operations: |_| BURST * 20_000,
    counting: Some(Counting::of_process("message", &[Counted::at(0, BURST * 200, &[Tool::Callgrind])])),
    ours: &[Subject::new("marketplace", |size| figures(size.operations, marketplace(size.operations)?))],
    others: others::SUBJECTS,
};

const BURST: u64 = 64;

fn figures(messages: u64, times: Times) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![
        Figure::millions_a_second("messages", messages, times.wall),
        Figure::nanoseconds_each("processor time", messages, times.processor),
    ])
}

#[derive(Debug, Message)]
struct Note(u64);

fn marketplace(messages: u64) -> anyhow::Result<Times> {
    let shared = || vec![Shared::<Note>::new().into()];
    joined::told(shared, |tell| {
        [Spawn::new(Sending { next: 0, messages, is_full: false }, Sending::begin), receiver(tell, messages)]
    })
}

struct Sending {
    next: u64,
    messages: u64,
    is_full: bool,
}

impl Sending {
    fn begin(&mut self, cx: &mut Context<'_, Self>) {
        cx.observe_publishers(topic!(LinkPressure { .. }))
            .on_presence(|sending: &mut Self, _, _| sending.is_full = true)
            .on_absence(|sending, cx, _, _| {
                sending.is_full = false;
                sending.send(cx);
            });
        cx.publisher(topic!(Note(_)))
            .on_presence(|sending, cx, _| sending.send(cx))
            .on_absence(|_, cx, _, _| cx.quit());
    }

    fn send(&mut self, cx: &mut Context<'_, Self>) {
        if !self.is_full && self.next < self.messages {
            (self.next..self.next + BURST).for_each(|n| cx.send(Note(n)));
            self.next += BURST;
            cx.yield_then(Self::send);
        }
    }
}

/// Measures the time from the sender's presence to the last message, and fails if a message is missing.
fn receiver(tell: Sender<Times>, messages: u64) -> Spawn {
    Spawn::new((Clocks::start(), 0), move |_, cx| {
        cx.subscriber(topic!(Note(_)))
            .on_presence(|(clocks, _): &mut (Clocks, u64), _, _| *clocks = Clocks::start())
            .on_message(move |(clocks, next), cx, Note(n)| {
                anyhow::ensure!(n == next, "received {n}, expected {next}");
                *next += 1;
                if *next == messages {
                    tell.send(clocks.elapsed())?;
                    cx.quit();
                }
                Ok(())
            });
    })
}
