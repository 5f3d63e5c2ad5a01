//! The two processes as actors of actix.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Addr, AsyncContext, Context, Handler, Message};
use tokio::sync::Notify;

use crate::clock::Stopwatch;

#[derive(Message)]
#[rtype(result = "()")]
struct Ping(u64);

#[derive(Message)]
#[rtype(result = "()")]
struct Pong(u64);

struct Pinger {
    ponger: Option<Addr<Ponger>>,
    round_trips: u64,
    done: Arc<Notify>,
}

struct Ponger(Addr<Pinger>);

impl Actor for Pinger {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.ponger = Some(Ponger(ctx.address()).start());
    }
}

impl Actor for Ponger {
    type Context = Context<Self>;
}

impl Handler<Pong> for Pinger {
    type Result = ();

    fn handle(&mut self, Pong(n): Pong, _: &mut Self::Context) {
        match &self.ponger {
            Some(ponger) if n < self.round_trips => ponger.do_send(Ping(n + 1)),
            _ => self.done.notify_one(),
        }
    }
}

impl Handler<Ping> for Ponger {
    type Result = ();

    fn handle(&mut self, Ping(n): Ping, _: &mut Self::Context) {
        self.0.do_send(Pong(n));
    }
}

pub(super) async fn run(round_trips: u64) -> anyhow::Result<Duration> {
    let done = Arc::new(Notify::new());
    let pinger = Pinger { ponger: None, round_trips, done: Arc::clone(&done) }.start();
    let watch = Stopwatch::start();
    pinger.do_send(Pong(0));
    done.notified().await;
    Ok(watch.elapsed())
}
