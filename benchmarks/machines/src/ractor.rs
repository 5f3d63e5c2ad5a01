//! ractor: messages to an actor in another program, and process groups that both programs share.
//!
//! A group stands for a conversation. An actor becomes present by joining a group, and an actor that monitors the scope
//! of the groups is notified.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use ::ractor::pg::GroupChangeMessage;
use ::ractor::{Actor, ActorCell, ActorProcessingErr, ActorRef, SupervisionEvent, pg};
use anyhow::{Context, anyhow, ensure};
use ractor_cluster::{NodeServer, RactorClusterMessage, client_connect};
use tokio::sync::mpsc;

use crate::question::Near;

/// The messages between the two actors.
#[derive(RactorClusterMessage)]
enum Said {
    Ping(String),
    Pong(String),
    Note(String),
    Last,
    AllCame(u64),
}

const PAYLOAD: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// The scopes of the groups of the near and the far program.
const NEAR: &str = "near";
const FAR: &str = "far";

/// What the near end receives.
enum Told {
    /// The other end is connected.
    Met,
    Ponged,
    AllCame(u64),
    Appeared,
    Disappeared,
}

async fn node(name: &str, port: u16) -> anyhow::Result<ActorRef<ractor_cluster::NodeServerMessage>> {
    let server = NodeServer::new(port, "benchmarks".into(), name.into(), "localhost".into(), None, None);
    let server = server.with_listen_addr(IpAddr::V4(Ipv4Addr::LOCALHOST));
    Ok(Actor::spawn(None, server, ()).await?.0)
}

fn on_tokio<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}

/// The actor of the other end.
fn other(group: &str) -> Option<ActorRef<Said>> {
    pg::get_members(&group.to_owned()).into_iter().next().map(ActorRef::from)
}

struct Answerer;

pub(crate) fn far(address: SocketAddr) -> anyhow::Result<()> {
    on_tokio(async move {
        let _server = node(FAR, address.port()).await?;
        let (answerer, end) = Actor::spawn(None, Answerer, ()).await?;
        pg::monitor_scope(NEAR.into(), answerer.get_cell());
        pg::join(FAR.into(), vec![answerer.get_cell()]);
        Ok(end.await?)
    })
}

impl Actor for Answerer {
    type Msg = Said;
    type State = u64;
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Said>, (): ()) -> Result<u64, ActorProcessingErr> {
        Ok(0)
    }

    async fn handle(&self, _: ActorRef<Said>, said: Said, came: &mut u64) -> Result<(), ActorProcessingErr> {
        let asker = other(NEAR).ok_or("the near end is not in its group")?;
        match said {
            Said::Ping(payload) => asker.cast(Said::Pong(payload))?,
            Said::Note(_) => *came += 1,
            Said::Last => asker.cast(Said::AllCame(std::mem::take(came)))?,
            Said::Pong(_) | Said::AllCame(_) => {}
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<Said>,
        event: SupervisionEvent,
        _: &mut u64,
    ) -> Result<(), ActorProcessingErr> {
        let SupervisionEvent::ProcessGroupChanged(change) = event else { return Ok(()) };
        let us = || vec![myself.get_cell()];
        match change {
            GroupChangeMessage::Join(_, group, _) => match group.split_once(' ') {
                Some(("asked", number)) => pg::join_scoped(FAR.into(), format!("answered {number}"), us()),
                Some(("wanted", count)) => {
                    for number in 0..count.parse::<u64>()? {
                        pg::join_scoped(FAR.into(), format!("held {number}"), us());
                    }
                }
                _ => {}
            },
            GroupChangeMessage::Leave(_, group, _) => {
                if let Some(("asked", number)) = group.split_once(' ') {
                    pg::leave_scoped(FAR.into(), format!("answered {number}"), us());
                }
            }
        }
        Ok(())
    }
}

/// An order from the near end to its thread.
enum Order {
    Ping,
    Flood(u64),
    Join(String),
    Leave(String),
}

struct Asker(Sender<Told>);

impl Actor for Asker {
    type Msg = Said;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Said>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(&self, _: ActorRef<Said>, said: Said, (): &mut ()) -> Result<(), ActorProcessingErr> {
        match said {
            Said::Pong(_) => self.0.send(Told::Ponged)?,
            Said::AllCame(count) => self.0.send(Told::AllCame(count))?,
            Said::Ping(_) | Said::Note(_) | Said::Last => {}
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<Said>,
        event: SupervisionEvent,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ProcessGroupChanged(GroupChangeMessage::Join(..)) => {
                self.0.send(Told::Appeared)?
            }
            SupervisionEvent::ProcessGroupChanged(GroupChangeMessage::Leave(..)) => {
                self.0.send(Told::Disappeared)?
            }
            _ => {}
        }
        Ok(())
    }
}

/// The near end.
pub(crate) struct Ractor {
    orders: mpsc::UnboundedSender<Order>,
    told: Receiver<Told>,
}

pub(crate) fn near(address: SocketAddr) -> anyhow::Result<Ractor> {
    let (tell, told) = channel();
    let (orders, mut given) = mpsc::unbounded_channel();
    let port = crate::free_address()?.port();
    thread::spawn(move || {
        on_tokio(async move {
            let server = node(NEAR, port).await?;
            let (asker, _) = Actor::spawn(None, Asker(tell.clone()), ()).await?;
            pg::monitor_scope(FAR.into(), asker.get_cell());
            pg::join(NEAR.into(), vec![asker.get_cell()]);
            while client_connect(&server, address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            let far = loop {
                match other(FAR) {
                    Some(far) => break far,
                    None => tokio::time::sleep(Duration::from_millis(10)).await,
                }
            };
            tell.send(Told::Met)?;
            while let Some(order) = given.recv().await {
                obey(order, &far, asker.get_cell())?;
            }
            Ok(())
        })
    });
    Ok(Ractor { orders, told })
}

fn obey(order: Order, far: &ActorRef<Said>, asker: ActorCell) -> anyhow::Result<()> {
    match order {
        Order::Ping => far.cast(Said::Ping(PAYLOAD.into()))?,
        Order::Flood(messages) => {
            (0..messages).try_for_each(|_| far.cast(Said::Note(PAYLOAD.into())))?;
            far.cast(Said::Last)?;
        }
        Order::Join(group) => pg::join_scoped(NEAR.into(), group, vec![asker]),
        Order::Leave(group) => pg::leave_scoped(NEAR.into(), group, vec![asker]),
    }
    Ok(())
}

/// The time-out of every wait.
const PATIENCE: Duration = Duration::from_secs(25);

impl Ractor {
    fn order(&self, order: Order) -> anyhow::Result<()> {
        self.orders.send(order).map_err(|_| anyhow!("the thread has ended"))
    }

    fn next(&self) -> anyhow::Result<Told> {
        self.told.recv_timeout(PATIENCE).context("nothing has arrived")
    }
}

impl Near for Ractor {
    fn meet(&mut self) -> anyhow::Result<()> {
        ensure!(matches!(self.next()?, Told::Met), "expected the other end to be connected");
        Ok(())
    }

    fn there_and_back(&mut self) -> anyhow::Result<()> {
        self.order(Order::Ping)?;
        ensure!(matches!(self.next()?, Told::Ponged), "no answer");
        Ok(())
    }

    fn flood(&mut self, messages: u64) -> anyhow::Result<()> {
        self.order(Order::Flood(messages))?;
        ensure!(matches!(self.next()?, Told::AllCame(count) if count == messages), "messages are missing");
        Ok(())
    }

    fn appear(&mut self, number: u64) -> anyhow::Result<()> {
        self.order(Order::Join(format!("asked {number}")))?;
        ensure!(matches!(self.next()?, Told::Appeared), "no answer");
        Ok(())
    }

    fn disappear(&mut self, number: u64) -> anyhow::Result<()> {
        self.order(Order::Leave(format!("asked {number}")))?;
        ensure!(matches!(self.next()?, Told::Disappeared), "the answer has not ended");
        Ok(())
    }

    fn fill(&mut self, count: u64) -> anyhow::Result<()> {
        self.order(Order::Join(format!("wanted {count}")))?;
        for _ in 0..count {
            ensure!(matches!(self.next()?, Told::Appeared), "presences are missing");
        }
        Ok(())
    }

    fn gone(&mut self, count: u64) -> anyhow::Result<()> {
        for _ in 0..count {
            ensure!(matches!(self.next()?, Told::Disappeared), "absences are missing");
        }
        Ok(())
    }
}
