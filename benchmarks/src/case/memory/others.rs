//! Tasks and actors of the others, each with a mailbox.

use tokio::task::yield_now;

use super::{Subject, figures, own_memory};
use crate::others::{on_actix, on_tokio};

pub(super) const SUBJECTS: &[Subject] = &[
    Subject::new("tokio task", |size| figures(size.value, on_tokio(tokio_task(size.value))?)),
    Subject::new("actix", |size| figures(size.value, on_actix(actix::run(size.value))?)),
    Subject::new("ractor", |size| figures(size.value, on_tokio(ractor::run(size.value))?)),
    Subject::new("kameo", |size| figures(size.value, on_tokio(kameo::run(size.value))?)),
];

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
