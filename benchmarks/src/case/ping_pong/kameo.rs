//! The two as actors of kameo.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use kameo::Actor;
use kameo::actor::{ActorRef, Spawn};
use kameo::mailbox::unbounded;
use kameo::message::{Context, Message};
use tokio::sync::Notify;

use super::ROUND_TRIPS;
use crate::clock::Stopwatch;

struct Ping(u64);
struct Pong(u64);

struct Pinger {
    ponger: ActorRef<Ponger>,
    done: Arc<Notify>,
}

#[derive(Actor)]
struct Ponger(ActorRef<Pinger>);

impl Actor for Pinger {
    type Args = Arc<Notify>;
    type Error = Infallible;

    async fn on_start(done: Arc<Notify>, myself: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(Self { ponger: Ponger::spawn_with_mailbox(Ponger(myself), unbounded()), done })
    }
}

impl Message<Pong> for Pinger {
    type Reply = ();

    async fn handle(&mut self, Pong(n): Pong, _: &mut Context<Self, ()>) {
        let told = self.ponger.tell(Ping(n + 1));
        if n == ROUND_TRIPS || told.await.is_err() {
            self.done.notify_one();
        }
    }
}

impl Message<Ping> for Ponger {
    type Reply = Result<(), kameo::error::SendError<Pong>>;

    async fn handle(&mut self, Ping(n): Ping, _: &mut Context<Self, Self::Reply>) -> Self::Reply {
        self.0.tell(Pong(n)).await
    }
}

pub(super) async fn run() -> anyhow::Result<Duration> {
    let done = Arc::new(Notify::new());
    let pinger = Pinger::spawn_with_mailbox(Arc::clone(&done), unbounded());
    let watch = Stopwatch::start();
    pinger.tell(Pong(0)).await.map_err(|error| anyhow::anyhow!("{error}"))?;
    done.notified().await;
    Ok(watch.elapsed())
}
