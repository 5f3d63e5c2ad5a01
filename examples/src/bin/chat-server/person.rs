//! Somebody in the room, as long as their client is outside.

use std::sync::Arc;

use bytes::Bytes;
use driver_tcp_bare::{TcpAddress, TcpChannel, TcpSubPacket};
use marketplace_core::{Context, Message, Pattern, Peer, Spawn, topic};

use crate::line::Lines;

/// What somebody says, ready to be shown to the others. Whoever publishes it is in the room.
#[derive(Debug, Message)]
struct Utterance {
    speaker: Arc<str>,
    #[message(skip)]
    line: Bytes,
}

type UtterancePeer<'a> = Peer<'a, <Utterance as Message>::Pattern>;

struct Person {
    name: Arc<str>,
    lines: Lines,
    them: TcpAddress,
    us: TcpAddress,
}

/// A person in the room, who speaks and hears by the connection between `them` and `us`.
pub(crate) fn person(name: String, them: TcpAddress, us: TcpAddress) -> Spawn {
    let person = Person { name: name.as_str().into(), lines: Lines::default(), them, us };
    Spawn::new(person, |person, cx| {
        person.connect(cx);
        person.show(cx, format!("You are {}.\n", person.name));
        cx.publisher(topic!(Utterance { speaker: person.name.clone(), .. }));
        cx.subscriber(topic!(Utterance { speaker: _, .. }))
            .on_presence(|person, cx, peer| person.show_that(cx, peer, "arrived"))
            .on_absence(|person, cx, peer, _| person.show_that(cx, peer, "departed"))
            .on_message(|person, cx, Utterance { speaker, line }| {
                if *speaker != person.name {
                    person.show(cx, line.clone());
                }
            });
    })
    .named(name)
}

impl Person {
    fn connect(&self, cx: &mut Context<'_, Self>) {
        let mut outside = cx.meta();
        outside.publisher(TcpChannel::flow(&self.us, &self.them));
        outside
            .subscriber(TcpChannel::flow(&self.them, &self.us))
            .on_message(|person, cx, packet| match &packet.subpacket {
                TcpSubPacket::Bytes(bytes) => person.hear(cx, bytes),
                TcpSubPacket::Eof => person.lines.rest().into_iter().for_each(|line| person.say(cx, &line)),
            })
            .on_absence(|_, cx, _, _| cx.quit());
    }

    fn hear(&mut self, cx: &mut Context<'_, Self>, bytes: &[u8]) {
        for line in self.lines.split(bytes) {
            self.say(cx, &line);
        }
    }

    fn say(&self, cx: &mut Context<'_, Self>, text: &str) {
        let line = format!("{}: {text}\n", self.name).into();
        cx.send(Utterance { speaker: Arc::clone(&self.name), line });
    }

    fn show_that(&self, cx: &mut Context<'_, Self>, peer: UtterancePeer<'_>, what: &str) {
        if let Some(other) = peer.conversation.speaker.value().filter(|other| *other != self.name) {
            self.show(cx, format!("{other} {what}.\n"));
        }
    }

    fn show(&self, cx: &mut Context<'_, Self>, line: impl Into<Bytes>) {
        cx.meta().send(TcpChannel::bytes(&self.us, &self.them, line));
    }
}
