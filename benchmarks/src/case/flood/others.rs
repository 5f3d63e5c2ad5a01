//! Messages to the others' actors, and through the others' channels.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::task::yield_now;

use super::{BURST, Subject, figures};
use crate::clock::Stopwatch;
use crate::others::{on_actix, on_tokio};

pub(super) const SUBJECTS: &[Subject] = &[
    Subject::new("actix", |size| figures(size, on_actix(actix::run(size.operations))?)),
    Subject::new("ractor", |size| figures(size, on_tokio(ractor::run(size.operations))?)),
    Subject::new("kameo", |size| figures(size, on_tokio(kameo::run(size.operations))?)),
    Subject::new("xtra", |size| figures(size, on_tokio(xtra::run(size.operations))?)),
    Subject::new("tokio mpsc", |size| figures(size, on_tokio(tokio_mpsc(size.operations))?)),
    Subject::new("flume", |size| figures(size, on_tokio(flume(size.operations))?)),
];

struct Note(u64);

async fn tokio_mpsc(messages: u64) -> anyhow::Result<Duration> {
    let watch = Stopwatch::start();
    let (sender, mut notes) = mpsc::unbounded_channel();
    let receiver = tokio::spawn(async move {
        while let Some(Note(n)) = notes.recv().await {
            if n == messages - 1 {
                break;
            }
        }
    });
    for first in (0..messages).step_by(BURST as usize) {
        for n in first..first + BURST {
            sender.send(Note(n))?;
        }
        yield_now().await;
    }
    receiver.await?;
    Ok(watch.elapsed())
}

async fn flume(messages: u64) -> anyhow::Result<Duration> {
    let watch = Stopwatch::start();
    let (sender, notes) = flume::unbounded();
    let receiver = tokio::spawn(async move {
        while let Ok(Note(n)) = notes.recv_async().await {
            if n == messages - 1 {
                break;
            }
        }
    });
    for first in (0..messages).step_by(BURST as usize) {
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

    use super::{Arc, BURST, Duration, Note, Notify, Stopwatch, yield_now};

    impl actix::Message for Note {
        type Result = ();
    }

    struct Receiver {
        last: u64,
        done: Arc<Notify>,
    }

    impl Actor for Receiver {
        type Context = Context<Self>;
    }

    impl Handler<Note> for Receiver {
        type Result = ();

        fn handle(&mut self, Note(n): Note, _: &mut Self::Context) {
            if n == self.last {
                self.done.notify_one();
            }
        }
    }

    pub(super) async fn run(messages: u64) -> anyhow::Result<Duration> {
        let watch = Stopwatch::start();
        let done = Arc::new(Notify::new());
        let receiver = Receiver { last: messages - 1, done: Arc::clone(&done) }.start();
        for first in (0..messages).step_by(BURST as usize) {
            (first..first + BURST).for_each(|n| receiver.do_send(Note(n)));
            yield_now().await;
        }
        done.notified().await;
        Ok(watch.elapsed())
    }
}

mod ractor {
    use ractor::{Actor, ActorProcessingErr, ActorRef};

    use super::{Arc, BURST, Duration, Note, Notify, Stopwatch, yield_now};

    struct Receiver {
        last: u64,
        done: Arc<Notify>,
    }

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
            if n == self.last {
                self.done.notify_one();
            }
            Ok(())
        }
    }

    pub(super) async fn run(messages: u64) -> anyhow::Result<Duration> {
        let watch = Stopwatch::start();
        let done = Arc::new(Notify::new());
        let (receiver, _) =
            Actor::spawn(None, Receiver { last: messages - 1, done: Arc::clone(&done) }, ()).await?;
        for first in (0..messages).step_by(BURST as usize) {
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

    use super::{Arc, BURST, Duration, Note, Notify, Stopwatch, yield_now};

    #[derive(Actor)]
    struct Receiver {
        last: u64,
        done: Arc<Notify>,
    }

    impl Message<Note> for Receiver {
        type Reply = ();

        async fn handle(&mut self, Note(n): Note, _: &mut Context<Self, ()>) {
            if n == self.last {
                self.done.notify_one();
            }
        }
    }

    pub(super) async fn run(messages: u64) -> anyhow::Result<Duration> {
        let watch = Stopwatch::start();
        let done = Arc::new(Notify::new());
        let receiver = Receiver::spawn_with_mailbox(
            Receiver { last: messages - 1, done: Arc::clone(&done) },
            unbounded(),
        );
        for first in (0..messages).step_by(BURST as usize) {
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

    use super::{Arc, BURST, Duration, Note, Notify, Stopwatch, yield_now};

    #[derive(xtra::Actor)]
    struct Receiver {
        last: u64,
        done: Arc<Notify>,
    }

    impl Handler<Note> for Receiver {
        type Return = ();

        async fn handle(&mut self, Note(n): Note, _: &mut Context<Self>) {
            if n == self.last {
                self.done.notify_one();
            }
        }
    }

    pub(super) async fn run(messages: u64) -> anyhow::Result<Duration> {
        let watch = Stopwatch::start();
        let done = Arc::new(Notify::new());
        let receiver =
            xtra::spawn_tokio(Receiver { last: messages - 1, done: Arc::clone(&done) }, Mailbox::unbounded());
        for first in (0..messages).step_by(BURST as usize) {
            for n in first..first + BURST {
                drop(receiver.send(Note(n)).detach().await);
            }
            yield_now().await;
        }
        done.notified().await;
        Ok(watch.elapsed())
    }
}
