//! The two processes as actors of ractor.

use std::sync::Arc;
use std::time::Duration;

use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::Notify;

use crate::clock::Stopwatch;

struct Ping(u64);
struct Pong(u64);

struct Pinger {
    round_trips: u64,
    done: Arc<Notify>,
}
struct Ponger(ActorRef<Pong>);

impl Actor for Pinger {
    type Msg = Pong;
    type State = ActorRef<Ping>;
    type Arguments = ();

    async fn pre_start(&self, myself: ActorRef<Pong>, (): ()) -> Result<ActorRef<Ping>, ActorProcessingErr> {
        Ok(Actor::spawn(None, Ponger(myself), ()).await?.0)
    }

    async fn handle(
        &self,
        _: ActorRef<Pong>,
        Pong(n): Pong,
        ponger: &mut ActorRef<Ping>,
    ) -> Result<(), ActorProcessingErr> {
        if n < self.round_trips {
            ponger.cast(Ping(n + 1))?;
        } else {
            self.done.notify_one();
        }
        Ok(())
    }
}

impl Actor for Ponger {
    type Msg = Ping;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Ping>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(&self, _: ActorRef<Ping>, Ping(n): Ping, (): &mut ()) -> Result<(), ActorProcessingErr> {
        self.0.cast(Pong(n))?;
        Ok(())
    }
}

pub(super) async fn run(round_trips: u64) -> anyhow::Result<Duration> {
    let done = Arc::new(Notify::new());
    let (pinger, _) = Actor::spawn(None, Pinger { round_trips, done: Arc::clone(&done) }, ()).await?;
    let watch = Stopwatch::start();
    pinger.cast(Pong(0))?;
    done.notified().await;
    Ok(watch.elapsed())
}
