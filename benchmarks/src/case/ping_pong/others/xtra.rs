//! The two processes as actors of xtra.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use xtra::prelude::*;

use crate::clock::Stopwatch;

struct Ping(u64);
struct Pong(u64);

#[derive(xtra::Actor)]
struct Ponger(Address<Pinger>);

struct Pinger {
    ponger: Option<Address<Ponger>>,
    round_trips: u64,
    done: Arc<Notify>,
}

impl Actor for Pinger {
    type Stop = ();

    async fn started(&mut self, mailbox: &Mailbox<Self>) -> Result<(), ()> {
        let myself = mailbox.address().try_upgrade().ok_or(())?;
        self.ponger = Some(xtra::spawn_tokio(Ponger(myself), Mailbox::unbounded()));
        Ok(())
    }

    async fn stopped(self) {}
}

impl Handler<Pong> for Pinger {
    type Return = ();

    async fn handle(&mut self, Pong(n): Pong, _: &mut Context<Self>) {
        match &self.ponger {
            Some(ponger) if n < self.round_trips => drop(ponger.send(Ping(n + 1)).detach().await),
            _ => self.done.notify_one(),
        }
    }
}

impl Handler<Ping> for Ponger {
    type Return = ();

    async fn handle(&mut self, Ping(n): Ping, _: &mut Context<Self>) {
        drop(self.0.send(Pong(n)).detach().await);
    }
}

pub(super) async fn run(round_trips: u64) -> anyhow::Result<Duration> {
    let done = Arc::new(Notify::new());
    let pinger = Pinger { ponger: None, round_trips, done: Arc::clone(&done) };
    let pinger = xtra::spawn_tokio(pinger, Mailbox::unbounded());
    let watch = Stopwatch::start();
    drop(pinger.send(Pong(0)).detach().await);
    done.notified().await;
    Ok(watch.elapsed())
}
