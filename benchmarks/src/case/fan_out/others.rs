//! Messages to the receivers of a broadcast channel, and to actors one after the other.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, broadcast};
use tokio::task::{JoinSet, yield_now};

use super::{BURST, Subject, figures, messages};
use crate::clock::Stopwatch;
use crate::others::{on_actix, on_tokio};

pub(super) const SUBJECTS: &[Subject] = &[
    Subject::new("tokio broadcast", |size| {
        figures(size, on_tokio(tokio_broadcast(size.value, messages(size)))?)
    }),
    Subject::new("actix", |size| figures(size, on_actix(actix::run(size.value, messages(size)))?)),
];

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
