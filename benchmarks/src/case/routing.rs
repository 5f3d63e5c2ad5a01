//! Each message is delivered to the one endpoint, among many, that subscribes to its key.

#[cfg_attr(not(feature = "others"), path = "nobody.rs")]
mod others;

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use marketplace_core::{Context, Message, Spawn, topic};

use super::{Case, Counted, Counting, Size, Subject, Tool};
use crate::clock::Stopwatch;
use crate::figure::Figure;
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "routing",
    about: "a message to the one of many endpoints that subscribes to its key; the keys are random",
    parameter: "endpoints",
    values: &[10, 100, 1_000, 10_000, 100_000, 1_000_000],
    rounds: 5,
    operations: |_| 64 * 10_000,
    counting: Some(Counting::of_process("message", &[Counted::at(10_000, 64 * 200, &[Tool::Callgrind])])),
    ours: &[Subject::new("marketplace", |size| figures(size, marketplace(size.value, size.operations)?))],
    others: others::SUBJECTS,
};

const BURST: u64 = 64;
/// How many messages there are before the timing begins. Adding many endpoints leaves the allocator with work to do.
const WARM_UP: u64 = 64 * 400;

fn figures(size: Size, time: Duration) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![Figure::nanoseconds_each("message", size.operations, time)])
}

/// The key of the nth message. Keys are spread over the whole range, in an order that no cache can predict.
const fn key(n: u64, endpoints: u64) -> u64 {
    let mixed = (n ^ (n >> 7)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ (mixed >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93) % endpoints
}

#[derive(Debug, Message)]
struct Note {
    to: u64,
    text: u64,
}

struct Sending {
    watch: Stopwatch,
    endpoints: u64,
    messages: u64,
    tell: Sender<Duration>,
}

impl Sending {
    fn send_from(&mut self, cx: &mut Context<'_, Self>, first: u64) {
        if first == WARM_UP {
            self.watch = Stopwatch::start();
        }
        if first == WARM_UP + self.messages {
            // Everything that was sent before the yield has been delivered.
            let _ = self.tell.send(self.watch.elapsed());
            return cx.quit();
        }
        (first..first + BURST).for_each(|n| cx.send(Note { to: key(n, self.endpoints), text: n }));
        cx.yield_then(move |sending, cx| sending.send_from(cx, first + BURST));
    }
}

fn marketplace(endpoints: u64, messages: u64) -> anyhow::Result<Duration> {
    let (end, ended) = channel();
    let time = ours::told(|tell| {
        let receiver = Spawn::new(0, move |_, cx| {
            for to in 0..endpoints {
                let end = end.clone();
                cx.subscriber(topic!(Note { to, text: _ })).on_message(move |count, cx, note| {
                    *count += 1;
                    if note.text == WARM_UP + messages - 1 {
                        end.send(*count)?;
                        cx.quit();
                    }
                    Ok(())
                });
            }
        });
        let sender = Spawn::new((), move |(), cx| {
            // The endpoints are added in order, so this is the presence of the last one.
            cx.publisher(topic!(Note { to: endpoints - 1, text: _ })).on_presence(move |(), cx, _| {
                let tell = tell.clone();
                cx.spawn(Spawn::new(
                    Sending { watch: Stopwatch::start(), endpoints, messages, tell },
                    |sending, cx| sending.send_from(cx, 0),
                ));
            });
        });
        vec![receiver, sender]
    })?;
    assert_eq!(ended.recv()?, WARM_UP + messages, "each message was received");
    Ok(time)
}
