//! A chat room, step 4: several rooms, each in a virtual machine of its own.

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
        // Outside the room: the client.
        cx.meta().publisher(TcpChannel::flow(&person.us, &person.them));
        person.show(cx, format!("You are {}.", person.name));
        cx.meta()
            .subscriber(TcpChannel::flow(&person.them, &person.us))
            .on_message(|person, cx, packet| person.say(cx, &packet.subpacket));
        // In the room: the other people.
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
                match &*text {
                    "/close" => cx.meta().quit(),
                    _ => cx.send(Said { name: self.name.clone(), text }),
                }
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
        cx.meta().send(TcpChannel::bytes(&self.us, &self.them, line + "\n"));
    }
}

/// A room: a nested virtual machine with a `person` for each client of the port.
fn room(us: TcpAddress) -> Spawn {
    let door = Spawn::new((), move |(), cx| {
        let mut people = 0;
        cx.meta()
            .observe_publishers(topic!(TcpChannel { source: _, destination: us, .. }))
            .for_each_conversation(move |conversation| {
                let (them, us) = conversation.ends()?;
                people += 1;
                Some(person(format!("user{people}"), them, us))
            });
    });
    Spawn::nested([door])
}

/// Opens a room on each port.
fn house(ports: Vec<u16>) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(TcpBound { .. })).on_presence(|(), _, bound| {
            if let Some(address) = bound.conversation.address.value() {
                println!("listening on {address}");
            }
        });
        // If a port cannot be bound, this process fails, and ends the program. Without `local`, this is any port.
        cx.subscriber(topic!(TcpError { remote: None, .. }))
            .on_message(|(), _, error| error.reason.clone().into_result());
        for port in ports {
            cx.spawn(room(TcpAddress::listener(port)));
        }
    })
}

fn main() -> anyhow::Result<()> {
    let ports = env::args().skip(1).map(|port| port.parse()).collect::<Result<Vec<u16>, _>>()?;
    ensure!(!ports.is_empty(), "name the ports, such as 5999 6000");
    let tcp = TcpDriver::new().bind_address(Ipv4Addr::LOCALHOST).spawn();
    task::block_on(Ground::new().spawn(tcp).main(house(ports)).run())
}
