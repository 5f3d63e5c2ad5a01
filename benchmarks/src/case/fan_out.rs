//! Each message goes to many processes, thirty-two messages before the receivers have their turns.

use std::sync::Arc;
use std::time::Duration;

use marketplace_core::{Context, Message, Spawn, topic};
use tokio::sync::{Semaphore, broadcast};
use tokio::task::{JoinSet, yield_now};

use super::{Case, Counted, Counting, Size, Subject, Tool};
use crate::clock::Stopwatch;
use crate::figure::Figure;
use crate::others::{on_actix, on_tokio};
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "fan-out",
    about: "a message to each of many processes",
    parameter: "receivers",
    values: &[1, 10, 100, 1_000],
    rounds: 7,
    operations: |_| 2_000_000,
    counting: Some(Counting::of_process("delivery", &[Counted::at(100, 100 * 32 * 10, &[Tool::Callgrind])])),
    subjects: &[
        Subject::new("marketplace", |size| figures(size, marketplace(size.value, messages(size))?)),
        Subject::new("tokio broadcast", |size| figures(size, on_tokio(tokio_broadcast(size.value, messages(size)))?)),
        Subject::new("actix", |size| figures(size, on_actix(actix::run(size.value, messages(size)))?)),
    ],
};

const BURST: u64 = 32;

/// How many messages make so many deliveries.
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
            // All that was sent before the yield has been delivered.
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
        let sender = Spawn::new((Stopwatch::start(), tell), move |sender, cx| send_from(sender, cx, 0, messages));
        (0..width).map(receiver).chain([sender]).collect()
    })
}

#[derive(Clone, Debug)]
struct Note(u64);

async fn tokio_broadcast(width: u64, messages: u64) -> anyhow::Result<Duration> {
    let watch = Stopwatch::start();
    let (sender, _) = broadcast::channel(2 * BURST as usize);
    let mut receivers = JoinSet::new();
    for _ in 0..width {
        let mut notes = sender.subscribe();
        receivers.spawn(async move {
            for expected in 0..messages {
                let Note(n) = notes.recv().await?;
                assert_eq!(n, expected, "a message was lost");
            }
            anyhow::Ok(())
        });
    }
    for first in (0..messages).step_by(BURST as usize) {
        for n in first..first + BURST {
            sender.send(Note(n))?;
        }
        while !sender.is_empty() {
            yield_now().await;
        }
    }
    while let Some(received) = receivers.join_next().await {
        received??;
    }
    Ok(watch.elapsed())
}

mod actix {
    use actix::{Actor, Context, Handler};

    use super::{Arc, BURST, Duration, Note, Semaphore, Stopwatch, yield_now};

    impl actix::Message for Note {
        type Result = ();
    }

    struct Receiver {
        last: u64,
        done: Arc<Semaphore>,
    }

    impl Actor for Receiver {
        type Context = Context<Self>;
    }

    impl Handler<Note> for Receiver {
        type Result = ();

        fn handle(&mut self, Note(n): Note, _: &mut Self::Context) {
            if n == self.last {
                self.done.add_permits(1);
            }
        }
    }

    pub(super) async fn run(width: u64, messages: u64) -> anyhow::Result<Duration> {
        let watch = Stopwatch::start();
        let done = Arc::new(Semaphore::new(0));
        let last = messages - 1;
        let receivers: Vec<_> =
            (0..width).map(|_| Receiver { last, done: Arc::clone(&done) }.start()).collect();
        for first in (0..messages).step_by(BURST as usize) {
            for n in first..first + BURST {
                receivers.iter().for_each(|receiver| receiver.do_send(Note(n)));
            }
            yield_now().await;
        }
        let _all = done.acquire_many(width as u32).await?;
        Ok(watch.elapsed())
    }
}
