//! A chat room, step 3: everybody is told who is in the room, and who is gone and why.

use std::net::Ipv4Addr;
use std::{env, mem};

use anyhow::ensure;
use async_std::task;
use driver_tcp_bare::{TcpAddress, TcpBound, TcpChannel, TcpDriver, TcpError, TcpSubPacket};
use marketplace_core::{Context, Ground, Message, Pattern, Peer, Spawn, topic};

/// A line that a person in the room says.
#[derive(Debug, Message)]
struct Said {
    name: String,
    #[message(skip)]
    text: String,
}

/// The state of the process of one client.
struct Person {
    name: String,
    them: TcpAddress,
    us: TcpAddress,
    /// The beginning of a line whose end has not arrived yet.
    line: Vec<u8>,
}

/// How long a line may be, in bytes.
const LONGEST: usize = 1000;

/// The process of one client.
fn person(name: String, them: TcpAddress, us: TcpAddress) -> Spawn {
    let person = Person { name, them, us, line: Vec::new() };
    Spawn::new(person, |person, cx| {
        cx.publisher(TcpChannel::flow(&person.us, &person.them));
        person.show(cx, format!("You are {}.", person.name));
        cx.subscriber(TcpChannel::flow(&person.them, &person.us))
            .on_message(|person, cx, packet| person.say(cx, &packet.subpacket));
        cx.publisher(topic!(Said { name: &person.name, .. }));
        cx.subscriber(topic!(Said { .. }))
            .on_presence(|person, cx, peer| person.announce(cx, peer, "is here"))
            .on_absence(|person, cx, peer, reason| match reason.as_error() {
                None => person.announce(cx, peer, "is gone"),
                Some(error) => person.announce(cx, peer, &format!("is gone: {error}")),
            })
            .on_message(|person, cx, said| {
                if said.name != person.name {
                    person.show(cx, format!("{}: {}", said.name, said.text));
                }
            });
    })
}

impl Person {
    /// Says each line that these bytes complete.
    fn say(&mut self, cx: &mut Context<'_, Self>, packet: &TcpSubPacket) -> anyhow::Result<()> {
        let TcpSubPacket::Bytes(bytes) = packet else { return Ok(()) };
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            ensure!(self.line.len() <= LONGEST, "a line of more than {LONGEST} bytes");
            if piece.ends_with(b"\n") {
                let line = mem::take(&mut self.line);
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                cx.send(Said { name: self.name.clone(), text });
            }
        }
        Ok(())
    }

    /// Tells the client something about another person in the room.
    fn announce(&self, cx: &mut Context<'_, Self>, peer: Peer<'_, SaidPattern>, news: &str) {
        // A person is a peer of its own endpoints too.
        if let Some(name) = peer.conversation.name.value().filter(|name| *name != self.name) {
            self.show(cx, format!("{name} {news}"));
        }
    }

    /// Sends a line to the client.
    fn show(&self, cx: &mut Context<'_, Self>, line: String) {
        cx.send(TcpChannel::bytes(&self.us, &self.them, line + "\n"));
    }
}

/// Starts a `person` for each client of the port.
fn listen(port: u16) -> Spawn {
    Spawn::new((), move |(), cx| {
        let us = TcpAddress::listener(port);
        cx.observe_publishers(topic!(TcpBound { listener: &us, address: _ })).on_presence(|(), _, bound| {
            if let Some(address) = bound.conversation.address.value() {
                println!("listening on {address}");
            }
        });
        // If the port cannot be bound, this process fails, and ends the program.
        // (`remote: None`: the error is about the port, and not about a connection.)
        cx.subscriber(topic!(TcpError { local: &us, remote: None, .. }))
            .on_message(|(), _, error| error.reason.clone().into_result());
        let mut people = 0;
        cx.observe_publishers(topic!(TcpChannel { source: _, destination: us, .. })).for_each_conversation(
            move |conversation| {
                let (them, us) = conversation.ends()?;
                people += 1;
                Some(person(format!("user{people}"), them, us))
            },
        );
    })
}

fn main() -> anyhow::Result<()> {
    let port = env::args().nth(1).map_or(Ok(5999), |port| port.parse())?;
    let tcp = TcpDriver::new().bind_address(Ipv4Addr::LOCALHOST).spawn();
    task::block_on(Ground::new().spawn(tcp).main(listen(port)).run())
}
