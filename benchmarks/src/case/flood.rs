//! Messages one way, to one process, sixty-four at a time before the receiver has its turn.

use std::sync::Arc;
use std::time::Duration;

use marketplace_core::{Context, Message, Spawn, topic};
use tokio::sync::{Notify, mpsc};
use tokio::task::yield_now;

use super::{Case, Subject};
use crate::clock::Stopwatch;
use crate::figure::Figure;
use crate::others::{on_actix, on_tokio};
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "flood",
    about: "messages one way to one process",
    parameter: "",
    values: &[0],
    rounds: 7,
    subjects: &[
        Subject::new("marketplace", |_| figures(marketplace()?)),
        Subject::new("actix", |_| figures(on_actix(actix::run())?)),
        Subject::new("ractor", |_| figures(on_tokio(ractor::run())?)),
        Subject::new("kameo", |_| figures(on_tokio(kameo::run())?)),
        Subject::new("xtra", |_| figures(on_tokio(xtra::run())?)),
        Subject::new("tokio mpsc", |_| figures(on_tokio(tokio_mpsc())?)),
        Subject::new("flume", |_| figures(on_tokio(flume())?)),
    ],
};

const MESSAGES: u64 = 64 * 40_000;
const BURST: u64 = 64;

fn figures(time: Duration) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![Figure::millions_a_second("messages", MESSAGES, time)])
}

fn marketplace() -> anyhow::Result<Duration> {
    #[derive(Debug, Message)]
    struct Note(u64);

    fn send_from(cx: &mut Context<'_, ()>, first: u64) {
        if first < MESSAGES {
            (first..first + BURST).for_each(|n| cx.send(Note(n)));
            cx.yield_then(move |(), cx| send_from(cx, first + BURST));
        }
    }

    ours::told(|tell| {
        let receiver = Spawn::new(Stopwatch::start(), move |_, cx| {
            cx.subscriber(topic!(Note(_))).on_message(move |watch, cx, Note(n)| {
                if *n == MESSAGES - 1 {
                    tell.send(watch.elapsed())?;
                    cx.quit();
                }
                Ok(())
            });
        });
        vec![receiver, Spawn::new((), |(), cx| send_from(cx, 0))]
    })
}

struct Note(u64);

async fn tokio_mpsc() -> anyhow::Result<Duration> {
    let watch = Stopwatch::start();
    let (sender, mut notes) = mpsc::unbounded_channel();
    let receiver = tokio::spawn(async move {
        while let Some(Note(n)) = notes.recv().await {
            if n == MESSAGES - 1 {
                break;
            }
        }
    });
    for first in (0..MESSAGES).step_by(BURST as usize) {
        for n in first..first + BURST {
            sender.send(Note(n))?;
        }
        yield_now().await;
    }
    receiver.await?;
    Ok(watch.elapsed())
}

async fn flume() -> anyhow::Result<Duration> {
    let watch = Stopwatch::start();
    let (sender, notes) = flume::unbounded();
    let receiver = tokio::spawn(async move {
        while let Ok(Note(n)) = notes.recv_async().await {
            if n == MESSAGES - 1 {
                break;
            }
        }
    });
    for first in (0..MESSAGES).step_by(BURST as usize) {
        for n in first..first + BURST {
            sender.send(Note(n))?;
        }
        yield_now().await;
    }
    receiver.await?;
    Ok(watch.elapsed())
}

mod actix {
    use actix::{Actor, Context, Handler};

    use super::{Arc, BURST, Duration, MESSAGES, Note, Notify, Stopwatch, yield_now};

    impl actix::Message for Note {
        type Result = ();
    }

    struct Receiver(Arc<Notify>);

    impl Actor for Receiver {
        type Context = Context<Self>;
    }

    impl Handler<Note> for Receiver {
        type Result = ();

        fn handle(&mut self, Note(n): Note, _: &mut Self::Context) {
            if n == MESSAGES - 1 {
                self.0.notify_one();
            }
        }
    }

    pub(super) async fn run() -> anyhow::Result<Duration> {
        let watch = Stopwatch::start();
        let done = Arc::new(Notify::new());
        let receiver = Receiver(Arc::clone(&done)).start();
        for first in (0..MESSAGES).step_by(BURST as usize) {
            (first..first + BURST).for_each(|n| receiver.do_send(Note(n)));
            yield_now().await;
        }
        done.notified().await;
        Ok(watch.elapsed())
    }
}

mod ractor {
    use ractor::{Actor, ActorProcessingErr, ActorRef};

    use super::{Arc, BURST, Duration, MESSAGES, Note, Notify, Stopwatch, yield_now};

    struct Receiver(Arc<Notify>);

    impl Actor for Receiver {
        type Msg = Note;
        type State = ();
        type Arguments = ();

        async fn pre_start(&self, _: ActorRef<Note>, (): ()) -> Result<(), ActorProcessingErr> {
            Ok(())
        }

        async fn handle(
            &self,
            _: ActorRef<Note>,
            Note(n): Note,
            (): &mut (),
        ) -> Result<(), ActorProcessingErr> {
            if n == MESSAGES - 1 {
                self.0.notify_one();
            }
            Ok(())
        }
    }

    pub(super) async fn run() -> anyhow::Result<Duration> {
        let watch = Stopwatch::start();
        let done = Arc::new(Notify::new());
        let (receiver, _) = Actor::spawn(None, Receiver(Arc::clone(&done)), ()).await?;
        for first in (0..MESSAGES).step_by(BURST as usize) {
            for n in first..first + BURST {
                receiver.cast(Note(n))?;
            }
            yield_now().await;
        }
        done.notified().await;
        Ok(watch.elapsed())
    }
}

mod kameo {
    use kameo::Actor;
    use kameo::actor::Spawn;
    use kameo::mailbox::unbounded;
    use kameo::message::{Context, Message};

    use super::{Arc, BURST, Duration, MESSAGES, Note, Notify, Stopwatch, yield_now};

    #[derive(Actor)]
    struct Receiver(Arc<Notify>);

    impl Message<Note> for Receiver {
        type Reply = ();

        async fn handle(&mut self, Note(n): Note, _: &mut Context<Self, ()>) {
            if n == MESSAGES - 1 {
                self.0.notify_one();
            }
        }
    }

    pub(super) async fn run() -> anyhow::Result<Duration> {
        let watch = Stopwatch::start();
        let done = Arc::new(Notify::new());
        let receiver = Receiver::spawn_with_mailbox(Receiver(Arc::clone(&done)), unbounded());
        for first in (0..MESSAGES).step_by(BURST as usize) {
            for n in first..first + BURST {
                receiver.tell(Note(n)).await.map_err(|error| anyhow::anyhow!("{error}"))?;
            }
            yield_now().await;
        }
        done.notified().await;
        Ok(watch.elapsed())
    }
}

mod xtra {
    use xtra::prelude::*;

    use super::{Arc, BURST, Duration, MESSAGES, Note, Notify, Stopwatch, yield_now};

    #[derive(xtra::Actor)]
    struct Receiver(Arc<Notify>);

    impl Handler<Note> for Receiver {
        type Return = ();

        async fn handle(&mut self, Note(n): Note, _: &mut Context<Self>) {
            if n == MESSAGES - 1 {
                self.0.notify_one();
            }
        }
    }

    pub(super) async fn run() -> anyhow::Result<Duration> {
        let watch = Stopwatch::start();
        let done = Arc::new(Notify::new());
        let receiver = xtra::spawn_tokio(Receiver(Arc::clone(&done)), Mailbox::unbounded());
        for first in (0..MESSAGES).step_by(BURST as usize) {
            for n in first..first + BURST {
                drop(receiver.send(Note(n)).detach().await);
            }
            yield_now().await;
        }
        done.notified().await;
        Ok(watch.elapsed())
    }
}
