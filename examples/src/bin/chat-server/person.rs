//! A person in the room, for as long as their client is connected.

use bytes::Bytes;
use driver_tcp_bare::{TcpAddress, TcpChannel, TcpSubPacket};
use marketplace_core::{Context, Message, Pattern, Peer, Spawn, topic};
use serde::{Deserialize, Serialize};

use crate::line::Lines;
use crate::speaker::Speaker;

/// What a person says, ready to be shown to the others. Publishing it means being in the room.
#[derive(Debug, Deserialize, Message, Serialize)]
#[message(serde)]
pub(crate) struct Utterance {
    speaker: Speaker,
    #[message(skip)]
    lines: Bytes,
}

struct Person {
    speaker: Speaker,
    lines: Lines,
    them: TcpAddress,
    us: TcpAddress,
}

/// A person in the room, who uses the connection between `them` and `us`.
pub(crate) fn person(speaker: Speaker, them: TcpAddress, us: TcpAddress) -> Spawn {
    let name = speaker.to_string();
    let person = Person { speaker, lines: Lines::default(), them, us };
    Spawn::new(person, |person, cx| {
        person.connect(cx);
        person.show(cx, format!("You are {}.\n", person.speaker));
        cx.publisher(topic!(Utterance { speaker: person.speaker.clone(), .. }));
        cx.subscriber(topic!(Utterance { speaker: _, .. }))
            .on_presence(|person, cx, peer| person.show_that(cx, peer, "arrived"))
            .on_absence(|person, cx, peer, _| person.show_that(cx, peer, "departed"))
            .on_message(|person, cx, Utterance { speaker, lines }| {
                if *speaker != person.speaker {
                    person.show(cx, lines.clone());
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
            .on_message(|person, cx, packet| {
                let lines = match &packet.subpacket {
                    TcpSubPacket::Bytes(bytes) => person.lines.split(bytes),
                    TcpSubPacket::Eof => person.lines.rest().into_iter().collect(),
                };
                person.say(cx, &lines);
            })
            .on_absence(|_, cx, _, _| cx.quit());
    }

    /// Says several lines in one message, so that each listener costs one packet and not one for each line.
    fn say(&self, cx: &mut Context<'_, Self>, lines: &[String]) {
        if !lines.is_empty() {
            let lines: String = lines.iter().map(|line| format!("{}: {line}\n", self.speaker)).collect();
            cx.send(Utterance { speaker: self.speaker.clone(), lines: lines.into() });
        }
    }

    fn show_that(&self, cx: &mut Context<'_, Self>, peer: Peer<'_, UtterancePattern>, what: &str) {
        if let Some(other) = peer.conversation.speaker.value().filter(|other| *other != self.speaker) {
            self.show(cx, format!("{other} {what}.\n"));
        }
    }

    fn show(&self, cx: &mut Context<'_, Self>, lines: impl Into<Bytes>) {
        cx.meta().send(TcpChannel::bytes(&self.us, &self.them, lines));
    }
}
