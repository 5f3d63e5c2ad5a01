//! Each message is delivered to many processes. The sender sends 32 messages in each of its turns.

#[cfg_attr(not(feature = "others"), path = "nobody.rs")]
mod others;

use std::time::Duration;

use marketplace_core::{Context, Message, Spawn, topic};

use super::{Case, Counted, Counting, Size, Subject, Tool};
use crate::clock::Stopwatch;
use crate::figure::Figure;
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "fan-out",
    about: "each message is delivered to many processes",
    parameter: "receivers",
    values: &[1, 10, 100, 1_000],
    rounds: 7,
    operations: |_| 2_000_000,
    counting: Some(Counting::of_process("delivery", &[Counted::at(100, 100 * 32 * 4, &[Tool::Callgrind])])),
    ours: &[Subject::new("marketplace", |size| figures(size, marketplace(size.value, messages(size))?))],
    others: others::SUBJECTS,
};

const BURST: u64 = 32;

/// How many messages result in this number of deliveries.
const fn messages(Size { value: width, operations }: Size) -> u64 {
    operations / width / BURST * BURST
}

fn figures(size: Size, time: Duration) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![Figure::nanoseconds_each("delivery", messages(size) * size.value, time)])
}

fn marketplace(width: u64, messages: u64) -> anyhow::Result<Duration> {
    #[derive(Debug, Message)]
    struct Note(u64);

    type Sender = (Stopwatch, std::sync::mpsc::Sender<Duration>);

    fn send_from(sender: &mut Sender, cx: &mut Context<'_, Sender>, first: u64, end: u64) {
        if first == end {
            // Everything that was sent before the yield has been delivered.
            let _ = sender.1.send(sender.0.elapsed());
            return;
        }
        (first..first + BURST).for_each(|n| cx.send(Note(n)));
        cx.yield_then(move |sender, cx| send_from(sender, cx, first + BURST, end));
    }

    ours::told(|tell| {
        let receiver = move |_| {
            Spawn::new(0, move |_, cx| {
                cx.subscriber(topic!(Note(_))).on_message(move |count, cx, Note(_)| {
                    *count += 1;
                    if *count == messages {
                        cx.quit();
                    }
                });
            })
        };
        let sender =
            Spawn::new((Stopwatch::start(), tell), move |sender, cx| send_from(sender, cx, 0, messages));
        (0..width).map(receiver).chain([sender]).collect()
    })
}
