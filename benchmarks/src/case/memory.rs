//! The memory of a process that has nothing to do but could be sent a message.

use std::sync::mpsc::Sender;

use marketplace_core::{Context, Message, Spawn, topic};
use tokio::task::yield_now;

use super::{Case, FIXED, Subject};
use crate::clock::private_memory;
use crate::figure::Figure;
use crate::others::{on_actix, on_tokio};
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "memory",
    about: "idle processes, each with one endpoint of its own key, or a mailbox",
    parameter: "processes",
    values: &[100_000],
    rounds: 3,
    operations: FIXED,
    counting: None,
    subjects: &[
        Subject::new("marketplace", |size| figures(size.value, marketplace(size.value)?)),
        Subject::new("tokio task", |size| figures(size.value, on_tokio(tokio_task(size.value))?)),
        Subject::new("actix", |size| figures(size.value, on_actix(actix::run(size.value))?)),
        Subject::new("ractor", |size| figures(size.value, on_tokio(ractor::run(size.value))?)),
        Subject::new("kameo", |size| figures(size.value, on_tokio(kameo::run(size.value))?)),
    ],
};

/// How many of ours are asked for in a turn, so that what is asked for takes no memory to speak of.
const BURST: u64 = 64;

fn figures(processes: u64, bytes: u64) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![Figure::less("memory", "bytes", bytes as f64 / processes as f64)])
}

fn own_memory() -> anyhow::Result<u64> {
    private_memory(std::process::id())
}

fn marketplace(processes: u64) -> anyhow::Result<u64> {
    #[derive(Debug, Message)]
    struct Note {
        to: u64,
    }

    fn idle(to: u64) -> Spawn {
        Spawn::new((), move |(), cx| {
            cx.subscriber(topic!(Note { to })).on_message(|(), _, _| {});
        })
    }

    fn spawn_from(cx: &mut Context<'_, Sender<u64>>, first: u64, end: u64) {
        (first..end.min(first + BURST)).for_each(|to| cx.spawn(idle(to)));
        cx.yield_then(move |tell, cx| {
            if first < end {
                spawn_from(cx, first + BURST, end);
            } else {
                tell.send(own_memory()?)?;
            }
            Ok(())
        });
    }

    let before = own_memory()?;
    let after = ours::told(|tell| vec![Spawn::new(tell, move |_, cx| spawn_from(cx, 0, processes))])?;
    Ok(after - before)
}

struct Note;

async fn tokio_task(processes: u64) -> anyhow::Result<u64> {
    let before = own_memory()?;
    let mailboxes: Vec<_> = (0..processes)
        .map(|_| {
            let (mailbox, mut notes) = tokio::sync::mpsc::unbounded_channel::<Note>();
            tokio::spawn(async move { while notes.recv().await.is_some() {} });
            mailbox
        })
        .collect();
    yield_now().await;
    let after = own_memory()?;
    drop(mailboxes);
    Ok(after - before)
}

mod actix {
    use actix::{Actor, Context, Handler};

    use super::{Note, own_memory, yield_now};

    struct Idle;

    impl actix::Message for Note {
        type Result = ();
    }

    impl Actor for Idle {
        type Context = Context<Self>;
    }

    impl Handler<Note> for Idle {
        type Result = ();

        fn handle(&mut self, _: Note, _: &mut Self::Context) {}
    }

    pub(super) async fn run(processes: u64) -> anyhow::Result<u64> {
        let before = own_memory()?;
        let addresses: Vec<_> = (0..processes).map(|_| Idle.start()).collect();
        yield_now().await;
        let after = own_memory()?;
        drop(addresses);
        Ok(after - before)
    }
}

mod ractor {
    use ractor::{Actor, ActorProcessingErr, ActorRef};

    use super::{Note, own_memory};

    struct Idle;

    impl Actor for Idle {
        type Msg = Note;
        type State = ();
        type Arguments = ();

        async fn pre_start(&self, _: ActorRef<Note>, (): ()) -> Result<(), ActorProcessingErr> {
            Ok(())
        }
    }

    pub(super) async fn run(processes: u64) -> anyhow::Result<u64> {
        let before = own_memory()?;
        let mut addresses = Vec::new();
        for _ in 0..processes {
            addresses.push(Actor::spawn(None, Idle, ()).await?.0);
        }
        let after = own_memory()?;
        drop(addresses);
        Ok(after - before)
    }
}

mod kameo {
    use kameo::Actor;
    use kameo::actor::Spawn;
    use kameo::message::{Context, Message};

    use super::{Note, own_memory};

    #[derive(Actor)]
    struct Idle;

    impl Message<Note> for Idle {
        type Reply = ();

        async fn handle(&mut self, _: Note, _: &mut Context<Self, ()>) {}
    }

    pub(super) async fn run(processes: u64) -> anyhow::Result<u64> {
        let before = own_memory()?;
        let mut addresses = Vec::new();
        for _ in 0..processes {
            let address = Idle::spawn(Idle);
            address.wait_for_startup().await;
            addresses.push(address);
        }
        let after = own_memory()?;
        drop(addresses);
        Ok(after - before)
    }
}
