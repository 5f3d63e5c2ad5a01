//! Ours: a ground in each program, joined by a link over zenoh.

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, anyhow, ensure};
use driver_link::{Link, LinkLost, LinkPressure, Linked, Shared, Zenoh, ZenohConfig};
use futures::executor::block_on;
use marketplace_core::{Context, Ground, Handle, Message, Pattern, Spawn, topic};
use serde::{Deserialize, Serialize};

use crate::LEASE;
use crate::question::Near;

/// The 64 bytes of a message.
const PAYLOAD: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A message that is answered.
#[derive(Debug, Deserialize, Message, Serialize)]
#[message(serde)]
struct Ping {
    #[message(skip)]
    payload: String,
}

/// The answer.
#[derive(Debug, Deserialize, Message, Serialize)]
#[message(serde)]
struct Pong {
    #[message(skip)]
    payload: String,
}

/// One of many messages one way.
#[derive(Debug, Deserialize, Message, Serialize)]
#[message(serde)]
struct Note {
    is_last: bool,
    #[message(skip)]
    payload: String,
}

/// How many notes have been received.
#[derive(Debug, Deserialize, Message, Serialize)]
#[message(serde)]
struct AllCame(u64);

/// Never sent. The other program answers its presence with the presence of `Answered`.
#[derive(Debug, Deserialize, Message, Serialize)]
#[message(serde)]
struct Asked(u64);

/// Never sent. Its presence is the answer to that of `Asked`.
#[derive(Debug, Deserialize, Message, Serialize)]
#[message(serde)]
struct Answered(u64);

/// Never sent. The other program answers its presence with this number of presences of `Held`.
#[derive(Debug, Deserialize, Message, Serialize)]
#[message(serde)]
struct Wanted(u64);

/// Never sent. Its presence is one of many.
#[derive(Debug, Deserialize, Message, Serialize)]
#[message(serde)]
struct Held(u64);

/// An order for the process in this program. It is not sent over the link.
#[derive(Clone, Debug, Message)]
enum Order {
    Ping,
    Flood { messages: u64 },
    Appear { number: u64 },
    Disappear { number: u64 },
    Fill { count: u64 },
}

/// What the process has seen.
enum Told {
    Linked,
    Ponged,
    AllCame(u64),
    Appeared,
    Disappeared,
    Held,
    /// Whether the reason was a lost link.
    Gone(bool),
}

fn link(name: &str, listens: bool, address: SocketAddr) -> anyhow::Result<Spawn> {
    let mut config = ZenohConfig::default();
    let (here, there) = (format!(r#"["tcp/{address}"]"#), "[]".to_owned());
    let (listen, connect) = if listens { (here, there) } else { (there, here) };
    let no = "false".to_owned();
    for (key, value) in
        [("scouting/multicast/enabled", no), ("listen/endpoints", listen), ("connect/endpoints", connect)]
    {
        config.insert_json5(key, &value).map_err(|error| anyhow!("{key}: {error}"))?;
    }
    Ok(Link::new(name)
        .share(Shared::<Ping>::new().named("benchmarks/Ping", 1))
        .share(Shared::<Pong>::new().named("benchmarks/Pong", 1))
        .share(Shared::<Note>::new().named("benchmarks/Note", 1))
        .share(Shared::<AllCame>::new().named("benchmarks/AllCame", 1))
        .share(Shared::<Asked>::new().named("benchmarks/Asked", 1))
        .share(Shared::<Answered>::new().named("benchmarks/Answered", 1))
        .share(Shared::<Wanted>::new().named("benchmarks/Wanted", 1))
        .share(Shared::<Held>::new().named("benchmarks/Held", 1))
        .join(Zenoh::new("benchmarks").config(config).lease(LEASE))
        .spawn())
}

pub(crate) fn far(address: SocketAddr) -> anyhow::Result<()> {
    block_on(Ground::new().spawn(link("far", true, address)?).main(answerer()).run())
}

/// Answers everything.
fn answerer() -> Spawn {
    Spawn::new(0, |_, cx| {
        cx.subscriber(topic!(Ping { .. }))
            .on_message(|_, cx, Ping { payload }| cx.send(Pong { payload: payload.clone() }));
        cx.subscriber(topic!(Note { .. })).on_message(|came: &mut u64, cx, note| {
            *came += 1;
            if note.is_last {
                cx.send(AllCame(*came));
                *came = 0;
            }
        });
        cx.observe_publishers(topic!(Asked(_)))
            .on_presence(|_, cx, peer| {
                if let Some(Asked(number)) = peer.conversation.value() {
                    cx.publisher(topic!(Answered(number))).named(number);
                }
            })
            .on_absence(|_, cx, peer, _| {
                if let Some(Asked(number)) = peer.conversation.value() {
                    cx.delete(number);
                }
            });
        cx.observe_publishers(topic!(Wanted(_))).on_presence(|_, cx, peer| {
            let count = peer.conversation.value().map_or(0, |Wanted(count)| count);
            (0..count).for_each(|number| drop(cx.publisher(topic!(Held(number)))));
        });
    })
}

/// The near end.
pub(crate) struct Ours {
    orders: Handle,
    told: Receiver<Told>,
}

pub(crate) fn near(address: SocketAddr) -> anyhow::Result<Ours> {
    let (tell, told) = channel();
    let ground = Ground::new().spawn(link("near", false, address)?).main(asker(tell));
    let orders = ground.handle();
    thread::spawn(|| block_on(ground.run()));
    Ok(Ours { orders, told })
}

struct Asker {
    tell: Sender<Told>,
    /// How many messages are still to be sent.
    left: u64,
    is_full: bool,
}

fn asker(tell: Sender<Told>) -> Spawn {
    Spawn::new(Asker { tell, left: 0, is_full: false }, |_, cx| {
        cx.subscriber(OrderPattern::any()).on_message(|asker: &mut Asker, cx, order| asker.obey(cx, order));
        cx.observe_publishers(topic!(Linked { .. })).on_presence(|asker, _, _| asker.tell(Told::Linked));
        cx.publisher(topic!(Ping { .. }));
        cx.publisher(topic!(Note { .. }));
        cx.subscriber(topic!(Pong { .. })).on_message(|asker, _, _| asker.tell(Told::Ponged));
        cx.subscriber(topic!(AllCame(_)))
            .on_message(|asker, _, AllCame(count)| asker.tell(Told::AllCame(*count)));
        cx.observe_publishers(topic!(LinkPressure { .. }))
            .on_presence(|asker, _, _| asker.is_full = true)
            .on_absence(|asker, cx, _, _| {
                asker.is_full = false;
                asker.send(cx);
            });
        cx.subscriber(topic!(Answered(_)))
            .on_presence(|asker, _, _| asker.tell(Told::Appeared))
            .on_absence(|asker, _, _, _| asker.tell(Told::Disappeared));
        cx.subscriber(topic!(Held(_))).on_presence(|asker, _, _| asker.tell(Told::Held)).on_absence(
            |asker, _, _, reason| asker.tell(Told::Gone(reason.downcast_ref::<LinkLost>().is_some())),
        );
    })
}

/// How many messages are sent in one turn.
const BURST: u64 = 64;

impl Asker {
    fn tell(&self, told: Told) -> anyhow::Result<()> {
        self.tell.send(told).map_err(|_| anyhow!("the near end has ended"))
    }

    fn obey(&mut self, cx: &mut Context<'_, Self>, order: &Order) {
        match *order {
            Order::Ping => cx.send(Ping { payload: PAYLOAD.to_owned() }),
            Order::Flood { messages } => {
                self.left = messages;
                self.send(cx);
            }
            Order::Appear { number } => drop(cx.publisher(topic!(Asked(number))).named(number)),
            Order::Disappear { number } => cx.delete(number),
            Order::Fill { count } => drop(cx.publisher(topic!(Wanted(count)))),
        }
    }

    /// Sends the remaining messages until the link is full, and continues when there is room again.
    fn send(&mut self, cx: &mut Context<'_, Self>) {
        if !self.is_full && self.left > 0 {
            for _ in 0..BURST.min(self.left) {
                self.left -= 1;
                cx.send(Note { is_last: self.left == 0, payload: PAYLOAD.to_owned() });
            }
            cx.yield_then(Self::send);
        }
    }
}

/// The time-out of every wait.
const PATIENCE: Duration = Duration::from_secs(25);

impl Ours {
    fn order(&mut self, order: Order) -> anyhow::Result<()> {
        Ok(block_on(self.orders.send(order))?)
    }

    fn next(&self) -> anyhow::Result<Told> {
        self.told.recv_timeout(PATIENCE).context("nothing has arrived")
    }
}

impl Near for Ours {
    fn meet(&mut self) -> anyhow::Result<()> {
        ensure!(matches!(self.next()?, Told::Linked), "expected the link to be established");
        Ok(())
    }

    fn there_and_back(&mut self) -> anyhow::Result<()> {
        self.order(Order::Ping)?;
        ensure!(matches!(self.next()?, Told::Ponged), "no answer");
        Ok(())
    }

    fn flood(&mut self, messages: u64) -> anyhow::Result<()> {
        self.order(Order::Flood { messages })?;
        ensure!(matches!(self.next()?, Told::AllCame(count) if count == messages), "messages are missing");
        Ok(())
    }

    fn appear(&mut self, number: u64) -> anyhow::Result<()> {
        self.order(Order::Appear { number })?;
        ensure!(matches!(self.next()?, Told::Appeared), "no answer");
        Ok(())
    }

    fn disappear(&mut self, number: u64) -> anyhow::Result<()> {
        self.order(Order::Disappear { number })?;
        ensure!(matches!(self.next()?, Told::Disappeared), "the answer has not ended");
        Ok(())
    }

    fn fill(&mut self, count: u64) -> anyhow::Result<()> {
        self.order(Order::Fill { count })?;
        for _ in 0..count {
            ensure!(matches!(self.next()?, Told::Held), "presences are missing");
        }
        Ok(())
    }

    fn gone(&mut self, count: u64) -> anyhow::Result<()> {
        for _ in 0..count {
            ensure!(matches!(self.next()?, Told::Gone(true)), "absences are missing, or have another reason");
        }
        Ok(())
    }
}
