//! A process is made and quits at once.

use std::sync::mpsc::Sender;
use std::time::Duration;

use marketplace_core::{Context, Spawn};
use tokio::task::yield_now;

use super::{Case, Counted, Counting, Size, Subject, Tool};
use crate::clock::Stopwatch;
use crate::figure::Figure;
use crate::others::{on_actix, on_tokio};
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "spawn",
    about: "a process is made and quits",
    parameter: "",
    values: &[0],
    rounds: 7,
    operations: |_| 64 * 3_000,
    counting: Some(Counting::of_process("process", &[Counted::at(0, 64 * 200, &[Tool::Callgrind])])),
    subjects: &[
        Subject::new("marketplace", |size| figures(size, marketplace(size.operations)?)),
        Subject::new("tokio task", |size| figures(size, on_tokio(tokio_task(size.operations))?)),
        Subject::new("actix", |size| figures(size, on_actix(actix::run(size.operations))?)),
        Subject::new("ractor", |size| figures(size, on_tokio(ractor::run(size.operations))?)),
        Subject::new("kameo", |size| figures(size, on_tokio(kameo::run(size.operations))?)),
    ],
};

const BURST: u64 = 64;

fn figures(size: Size, time: Duration) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![Figure::nanoseconds_each("process", size.operations, time)])
}

fn marketplace(processes: u64) -> anyhow::Result<Duration> {
    type Parent = (Stopwatch, Sender<Duration>);

    fn spawn_from(parent: &mut Parent, cx: &mut Context<'_, Parent>, first: u64, end: u64) {
        if first == end {
            let _ = parent.1.send(parent.0.elapsed());
            return;
        }
        (0..BURST).for_each(|_| cx.spawn(Spawn::new((), |(), cx| cx.quit())));
        cx.yield_then(move |parent, cx| spawn_from(parent, cx, first + BURST, end));
    }

    ours::told(|tell| {
        let parent = (Stopwatch::start(), tell);
        vec![Spawn::new(parent, move |parent, cx| spawn_from(parent, cx, 0, processes))]
    })
}

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
