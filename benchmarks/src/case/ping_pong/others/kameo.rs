//! The two processes as actors of kameo.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use kameo::Actor;
use kameo::actor::{ActorRef, Spawn};
use kameo::mailbox::unbounded;
use kameo::message::{Context, Message};
use tokio::sync::Notify;

use crate::clock::Stopwatch;

struct Ping(u64);
struct Pong(u64);

struct Pinger {
    ponger: ActorRef<Ponger>,
    round_trips: u64,
    done: Arc<Notify>,
}

#[derive(Actor)]
struct Ponger(ActorRef<Pinger>);

impl Actor for Pinger {
    type Args = (u64, Arc<Notify>);
    type Error = Infallible;

    async fn on_start((round_trips, done): Self::Args, myself: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(Self { ponger: Ponger::spawn_with_mailbox(Ponger(myself), unbounded()), round_trips, done })
    }
}

impl Message<Pong> for Pinger {
    type Reply = ();

    async fn handle(&mut self, Pong(n): Pong, _: &mut Context<Self, ()>) {
        let told = self.ponger.tell(Ping(n + 1));
        if n == self.round_trips || told.await.is_err() {
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

pub(super) async fn run(round_trips: u64) -> anyhow::Result<Duration> {
    let done = Arc::new(Notify::new());
    let pinger = Pinger::spawn_with_mailbox((round_trips, Arc::clone(&done)), unbounded());
    let watch = Stopwatch::start();
    pinger.tell(Pong(0)).await.map_err(|error| anyhow::anyhow!("{error}"))?;
    done.notified().await;
    Ok(watch.elapsed())
}
