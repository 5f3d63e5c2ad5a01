//! Two processes answer each other; each message is made for its sending.

use std::sync::Arc;
use std::time::Duration;

use marketplace_core::{Message, Spawn, topic};
use syndicate::actor::Activation;
use tokio::sync::{Notify, mpsc};

use super::{Case, Subject};
use crate::clock::Stopwatch;
use crate::dataspace::{self, OnText};
use crate::figure::Figure;
use crate::others::{on_actix, on_tokio};
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "ping-pong",
    about: "round trips of two processes, one in flight",
    parameter: "",
    values: &[0],
    rounds: 7,
    subjects: &[
        Subject::new("marketplace", |_| figures(marketplace()?)),
        Subject::new("actix", |_| figures(on_actix(actix::run())?)),
        Subject::new("ractor", |_| figures(on_tokio(ractor::run())?)),
        Subject::new("kameo", |_| figures(on_tokio(kameo::run())?)),
        Subject::new("xtra", |_| figures(on_tokio(xtra::run())?)),
        Subject::new("syndicate", |_| figures(syndicate()?)),
        Subject::new("tokio mpsc", |_| figures(on_tokio(tokio_mpsc())?)),
    ],
};

const ROUND_TRIPS: u64 = 500_000;

fn figures(time: Duration) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![Figure::millions_a_second("round trips", ROUND_TRIPS, time)])
}

fn marketplace() -> anyhow::Result<Duration> {
    #[derive(Debug, Message)]
    struct Ping(u64);

    #[derive(Debug, Message)]
    struct Pong(u64);

    ours::told(|tell| {
        let ponger = Spawn::new((), |(), cx| {
            cx.subscriber(topic!(Ping(_))).on_message(|(), cx, Ping(n)| cx.send(Pong(*n)));
        });
        let pinger = Spawn::new(Stopwatch::start(), move |_, cx| {
            cx.subscriber(topic!(Pong(_))).on_message(move |watch, cx, Pong(n)| {
                if *n == ROUND_TRIPS {
                    tell.send(watch.elapsed())?;
                    cx.quit();
                } else {
                    cx.send(Ping(n + 1));
                }
                Ok(())
            });
            cx.publisher(topic!(Ping(_))).on_presence(|watch: &mut Stopwatch, cx, _| {
                *watch = Stopwatch::start();
                cx.send(Ping(1));
            });
        });
        vec![ponger, pinger]
    })
}

fn syndicate() -> anyhow::Result<Duration> {
    const PING: u64 = 0;
    const PONG: u64 = 1;

    dataspace::told(|t, dataspace, tell| {
        let ds = Arc::clone(&dataspace);
        t.spawn(None, move |t| {
            let _ = t.prevent_inert_check();
            let sending = Arc::clone(&ds);
            let ponger = OnText(move |t: &mut Activation, n| sending.message(t, &dataspace::note(PONG, n)));
            let ponger = t.create_anycap(ponger);
            dataspace::observe(t, &ds, Some(PING), ponger);
            Ok(())
        });
        t.spawn(None, move |t| {
            let _ = t.prevent_inert_check();
            let sending = Arc::clone(&dataspace);
            let mut watch = Stopwatch::start();
            let pinger = t.create_anycap(OnText(move |t: &mut Activation, n| {
                if n == 0 {
                    watch = Stopwatch::start();
                }
                if n == ROUND_TRIPS {
                    let _ = tell.send(watch.elapsed());
                } else {
                    sending.message(t, &dataspace::note(PING, n + 1));
                }
            }));
            dataspace::observe(t, &dataspace, Some(PONG), pinger);
            dataspace.message(t, &dataspace::note(PONG, 0));
            Ok(())
        });
        Ok(())
    })
}

async fn tokio_mpsc() -> anyhow::Result<Duration> {
    struct Ping(u64);
    struct Pong(u64);

    let (to_ponger, mut pings) = mpsc::unbounded_channel();
    let (to_pinger, mut pongs) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ping(n)) = pings.recv().await {
            if to_pinger.send(Pong(n)).is_err() {
                break;
            }
        }
    });
    let pinger = tokio::spawn(async move {
        let watch = Stopwatch::start();
        to_ponger.send(Ping(1))?;
        while let Some(Pong(n)) = pongs.recv().await {
            if n == ROUND_TRIPS {
                break;
            }
            to_ponger.send(Ping(n + 1))?;
        }
        anyhow::Ok(watch.elapsed())
    });
    pinger.await?
}

mod actix {
    use actix::{Actor, Addr, AsyncContext, Context, Handler, Message};

    use super::{Arc, Duration, Notify, ROUND_TRIPS, Stopwatch};

    #[derive(Message)]
    #[rtype(result = "()")]
    struct Ping(u64);

    #[derive(Message)]
    #[rtype(result = "()")]
    struct Pong(u64);

    struct Pinger {
        ponger: Option<Addr<Ponger>>,
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
                Some(ponger) if n < ROUND_TRIPS => ponger.do_send(Ping(n + 1)),
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

    pub(super) async fn run() -> anyhow::Result<Duration> {
        let done = Arc::new(Notify::new());
        let pinger = Pinger { ponger: None, done: Arc::clone(&done) }.start();
        let watch = Stopwatch::start();
        pinger.do_send(Pong(0));
        done.notified().await;
        Ok(watch.elapsed())
    }
}

mod ractor {
    use ractor::{Actor, ActorProcessingErr, ActorRef};

    use super::{Arc, Duration, Notify, ROUND_TRIPS, Stopwatch};

    struct Ping(u64);
    struct Pong(u64);

    struct Pinger(Arc<Notify>);
    struct Ponger(ActorRef<Pong>);

    impl Actor for Pinger {
        type Msg = Pong;
        type State = ActorRef<Ping>;
        type Arguments = ();

        async fn pre_start(
            &self,
            myself: ActorRef<Pong>,
            (): (),
        ) -> Result<ActorRef<Ping>, ActorProcessingErr> {
            Ok(Actor::spawn(None, Ponger(myself), ()).await?.0)
        }

        async fn handle(
            &self,
            _: ActorRef<Pong>,
            Pong(n): Pong,
            ponger: &mut ActorRef<Ping>,
        ) -> Result<(), ActorProcessingErr> {
            if n < ROUND_TRIPS {
                ponger.cast(Ping(n + 1))?;
            } else {
                self.0.notify_one();
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

        async fn handle(
            &self,
            _: ActorRef<Ping>,
            Ping(n): Ping,
            (): &mut (),
        ) -> Result<(), ActorProcessingErr> {
            self.0.cast(Pong(n))?;
            Ok(())
        }
    }

    pub(super) async fn run() -> anyhow::Result<Duration> {
        let done = Arc::new(Notify::new());
        let (pinger, _) = Actor::spawn(None, Pinger(Arc::clone(&done)), ()).await?;
        let watch = Stopwatch::start();
        pinger.cast(Pong(0))?;
        done.notified().await;
        Ok(watch.elapsed())
    }
}

mod kameo {
    use std::convert::Infallible;

    use kameo::Actor;
    use kameo::actor::{ActorRef, Spawn};
    use kameo::mailbox::unbounded;
    use kameo::message::{Context, Message};

    use super::{Arc, Duration, Notify, ROUND_TRIPS, Stopwatch};

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
}

mod xtra {
    use xtra::prelude::*;

    use super::{Arc, Duration, Notify, ROUND_TRIPS, Stopwatch};

    struct Ping(u64);
    struct Pong(u64);

    #[derive(xtra::Actor)]
    struct Ponger(Address<Pinger>);

    struct Pinger {
        ponger: Option<Address<Ponger>>,
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
                Some(ponger) if n < ROUND_TRIPS => drop(ponger.send(Ping(n + 1)).detach().await),
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

    pub(super) async fn run() -> anyhow::Result<Duration> {
        let done = Arc::new(Notify::new());
        let pinger = Pinger { ponger: None, done: Arc::clone(&done) };
        let pinger = xtra::spawn_tokio(pinger, Mailbox::unbounded());
        let watch = Stopwatch::start();
        drop(pinger.send(Pong(0)).detach().await);
        done.notified().await;
        Ok(watch.elapsed())
    }
}
