//! Each message goes to the one endpoint, among many, that asked for its key.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use marketplace_core::{Context, Message, Spawn, topic};
use syndicate::actor::{Activation, ActorResult, Cap};

use super::{Case, Counted, Counting, Size, Subject, Tool};
use crate::clock::Stopwatch;
use crate::dataspace::{self, OnText};
use crate::figure::Figure;
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "routing",
    about: "a message to the one of many endpoints that asked for its key; keys at random",
    parameter: "endpoints",
    values: &[10, 100, 1_000, 10_000, 100_000, 1_000_000],
    rounds: 5,
    operations: |_| 64 * 10_000,
    counting: Some(Counting::of_process("message", &[Counted::at(10_000, 64 * 500, &[Tool::Callgrind])])),
    subjects: &[
        Subject::new("marketplace", |size| figures(size, marketplace(size.value, size.operations)?)),
        Subject::new("syndicate", |size| figures(size, syndicate(size.value, size.operations)?)).up_to(100_000),
        Subject::new("std HashMap", |size| figures(size, hash_map(size.value, size.operations)?)),
    ],
};

const BURST: u64 = 64;
/// How many messages there are before the timing begins: setting up many endpoints leaves the allocator work.
const WARM_UP: u64 = 64 * 400;

fn figures(size: Size, time: Duration) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![Figure::nanoseconds_each("message", size.operations, time)])
}

/// The key of the nth message: spread over all keys, in no order that a cache could follow.
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
            // All that was sent before the yield has been delivered.
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
            // Once all endpoints are there.
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
    assert_eq!(ended.recv()?, WARM_UP + messages, "each message came");
    Ok(time)
}

/// So many times fewer messages: it takes so much longer.
const SLOWER: u64 = 10;

/// The dataspace and the receiver are in one actor, the sender in another.
fn syndicate(endpoints: u64, messages: u64) -> anyhow::Result<Duration> {
    let time = dataspace::told(move |t, dataspace, tell| {
        let (mut watch, mut count) = (Stopwatch::start(), 0);
        let receiver = t.create_anycap(OnText(move |_: &mut Activation, _| {
            count += 1;
            if count == WARM_UP / SLOWER {
                watch = Stopwatch::start();
            }
            if count == (WARM_UP + messages) / SLOWER {
                let _ = tell.send(watch.elapsed());
            }
        }));
        for to in 0..endpoints {
            dataspace::observe(t, &dataspace, Some(to), Arc::clone(&receiver));
        }
        t.spawn(None, move |t| send_notes_from(t, dataspace, 0, endpoints, messages));
        Ok(())
    })?;
    Ok(time * SLOWER as u32)
}

fn send_notes_from(
    t: &mut Activation,
    dataspace: Arc<Cap>,
    first: u64,
    endpoints: u64,
    messages: u64,
) -> ActorResult {
    for n in first..first + BURST {
        dataspace.message(t, &dataspace::note(key(n, endpoints), n));
    }
    if first + BURST < (WARM_UP + messages) / SLOWER {
        t.after(Duration::ZERO, move |t| send_notes_from(t, dataspace, first + BURST, endpoints, messages));
    }
    Ok(())
}

fn hash_map(endpoints: u64, messages: u64) -> anyhow::Result<Duration> {
    type Handler = Box<dyn FnMut(&mut u64, &Note)>;

    let mut handlers: HashMap<u64, Vec<Handler>> = HashMap::new();
    for to in 0..endpoints {
        handlers.entry(to).or_default().push(Box::new(move |count, note| {
            *count += 1;
            assert!(note.to == to && note.text < WARM_UP + messages);
        }));
    }
    let mut count = 0;
    let mut watch = Stopwatch::start();
    for n in 0..WARM_UP + messages {
        if n == WARM_UP {
            watch = Stopwatch::start();
        }
        let note = Note { to: key(n, endpoints), text: n };
        for handler in handlers.get_mut(&note.to).into_iter().flatten() {
            handler(&mut count, &note);
        }
    }
    let time = watch.elapsed();
    assert_eq!(count, WARM_UP + messages, "each message came");
    Ok(time)
}
