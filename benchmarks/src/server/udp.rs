//! Servers that send each packet back to where it came from.
//!
//! Each receives on a port of 127.0.0.1 that the kernel picks.

#[cfg_attr(not(feature = "others"), path = "nobody.rs")]
mod others;

use std::net::{Ipv4Addr, UdpSocket};

use anyhow::Context;
use driver_udp::{UdpAddress, UdpBound, UdpDriver, UdpPacket};
use marketplace_core::{Ground, Pattern, Spawn, topic};

use super::announce;

pub(super) fn serve(name: &str, buffer: usize) -> anyhow::Result<()> {
    match name {
        "marketplace" => marketplace(),
        "bare loop" => bare_loop(buffer),
        name => others::serve(name, buffer),
    }
}

fn socket() -> anyhow::Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    announce(socket.local_addr()?);
    Ok(socket)
}

fn marketplace() -> anyhow::Result<()> {
    let us = UdpAddress::listener(0);
    let echo = Spawn::new((), move |(), cx| {
        cx.publisher(UdpPacket::outbound(&us));
        cx.subscriber(UdpPacket::inbound(&us))
            .on_message(|(), cx, packet| cx.send(packet.reply(packet.body.clone())));
        cx.observe_publishers(topic!(UdpBound { local: &us, address: _ })).on_presence(|(), _, bound| {
            let bound = bound.conversation.value().context("a bound socket has an address")?;
            announce(bound.address);
            Ok(())
        });
    });
    let driver = UdpDriver::new().bind_address(Ipv4Addr::LOCALHOST);
    let ground = Ground::new().spawn(driver.spawn()).main(echo);
    async_std::task::block_on(ground.run())
}

/// The lower bound: one thread that waits only for its socket.
fn bare_loop(buffer: usize) -> anyhow::Result<()> {
    let socket = socket()?;
    let mut buffer = vec![0; buffer];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer)?;
        socket.send_to(&buffer[..length], peer)?;
    }
}
