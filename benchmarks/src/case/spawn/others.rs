//! Tasks and actors of the others.

use std::time::Duration;

use tokio::task::yield_now;

use super::{BURST, Subject, figures};
use crate::clock::Stopwatch;
use crate::others::{on_actix, on_tokio};

pub(super) const SUBJECTS: &[Subject] = &[
    Subject::new("tokio task", |size| figures(size, on_tokio(tokio_task(size.operations))?)),
    Subject::new("actix", |size| figures(size, on_actix(actix::run(size.operations))?)),
    Subject::new("ractor", |size| figures(size, on_tokio(ractor::run(size.operations))?)),
    Subject::new("kameo", |size| figures(size, on_tokio(kameo::run(size.operations))?)),
];

async fn tokio_task(processes: u64) -> anyhow::Result<Duration> {
    let watch = Stopwatch::start();
    for _ in (0..processes).step_by(BURST as usize) {
        let mut last = tokio::spawn(async {});
        for _ in 1..BURST {
            last = tokio::spawn(async {});
        }
        last.await?;
    }
    Ok(watch.elapsed())
}

mod actix {
    use actix::{Actor, ActorContext, Context};

    use super::{BURST, Duration, Stopwatch, yield_now};

    struct Child;

    impl Actor for Child {
        type Context = Context<Self>;

        fn started(&mut self, ctx: &mut Self::Context) {
            ctx.stop();
        }
    }

    pub(super) async fn run(processes: u64) -> anyhow::Result<Duration> {
        let watch = Stopwatch::start();
        for _ in (0..processes).step_by(BURST as usize) {
            (0..BURST).for_each(|_| drop(Child.start()));
            yield_now().await;
        }
        Ok(watch.elapsed())
    }
}

mod ractor {
    use ractor::{Actor, ActorProcessingErr, ActorRef};

    use super::{BURST, Duration, Stopwatch};

    struct Child;

    impl Actor for Child {
        type Msg = ();
        type State = ();
        type Arguments = ();

        async fn pre_start(&self, myself: ActorRef<()>, (): ()) -> Result<(), ActorProcessingErr> {
            myself.stop(None);
            Ok(())
        }
    }

    pub(super) async fn run(processes: u64) -> anyhow::Result<Duration> {
        let watch = Stopwatch::start();
        for _ in (0..processes).step_by(BURST as usize) {
            let (_, mut last) = Actor::spawn(None, Child, ()).await?;
            for _ in 1..BURST {
                (_, last) = Actor::spawn(None, Child, ()).await?;
            }
            last.await?;
        }
        Ok(watch.elapsed())
    }
}

mod kameo {
    use std::convert::Infallible;

    use kameo::Actor;
    use kameo::actor::{ActorRef, Spawn};

    use super::{BURST, Duration, Stopwatch};

    struct Child;

    impl Actor for Child {
        type Args = Self;
        type Error = Infallible;

        async fn on_start(child: Self, myself: ActorRef<Self>) -> Result<Self, Infallible> {
            myself.kill();
            Ok(child)
        }
    }

    pub(super) async fn run(processes: u64) -> anyhow::Result<Duration> {
        let watch = Stopwatch::start();
        for _ in (0..processes).step_by(BURST as usize) {
            let mut last = Child::spawn(Child);
            for _ in 1..BURST {
                last = Child::spawn(Child);
            }
            last.wait_for_shutdown().await;
        }
        Ok(watch.elapsed())
    }
}
