//! A chat room, step 1: what one client sends, all clients receive.

use std::env;
use std::net::Ipv4Addr;

use async_std::task;
use bytes::Bytes;
use driver_tcp_bare::{TcpAddress, TcpBound, TcpChannel, TcpDriver, TcpError, TcpSubPacket};
use marketplace_core::{Ground, Message, Pattern, Spawn, topic};

/// Something that a person in the room says.
#[derive(Debug, Message)]
struct Said {
    #[message(skip)]
    text: Bytes,
}

/// The process of one client.
fn person(them: TcpAddress, us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        // From the client to the room.
        cx.subscriber(TcpChannel::flow(&them, &us)).on_message(|(), cx, packet| {
            if let TcpSubPacket::Bytes(text) = &packet.subpacket {
                cx.send(Said { text: text.clone() });
            }
        });
        // From the room to the client.
        cx.publisher(TcpChannel::flow(&us, &them));
        cx.subscriber(topic!(Said { .. })).on_message(move |(), cx, said| {
            cx.send(TcpChannel::bytes(&us, &them, said.text.clone()));
        });
    })
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
        cx.observe_publishers(topic!(TcpChannel { source: _, destination: us, .. }))
            .for_each_conversation(|conversation| conversation.ends().map(|(them, us)| person(them, us)));
    })
}

fn main() -> anyhow::Result<()> {
    let port = env::args().nth(1).map_or(Ok(5999), |port| port.parse())?;
    let tcp = TcpDriver::new().bind_address(Ipv4Addr::LOCALHOST).spawn();
    task::block_on(Ground::new().spawn(tcp).main(listen(port)).run())
}
