//! An echo server: sends each client's bytes back to that client.

use std::env;
use std::net::Ipv4Addr;

use async_std::task;
use driver_tcp_bare::{TcpAddress, TcpBound, TcpChannel, TcpDriver, TcpError};
use marketplace_core::{Ground, Pattern, Spawn, topic};

/// The process of one client: sends back what the client sends.
fn echoer(them: TcpAddress, us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(TcpChannel::flow(&us, &them));
        cx.subscriber(TcpChannel::flow(&them, &us)).on_message(|(), cx, packet| cx.send(packet.reply()));
    })
}

/// Starts an `echoer` for each client of the port.
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
            .for_each_conversation(|conversation| conversation.ends().map(|(them, us)| echoer(them, us)));
    })
}

fn main() -> anyhow::Result<()> {
    let port = env::args().nth(1).map_or(Ok(5999), |port| port.parse())?;
    let tcp = TcpDriver::new().bind_address(Ipv4Addr::LOCALHOST).spawn();
    task::block_on(Ground::new().spawn(tcp).main(listen(port)).run())
}
