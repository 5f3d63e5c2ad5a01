//! Servers that send the bytes of each connection back.
//!
//! Each listens on a port of 127.0.0.1 that the kernel picks, and sets `TCP_NODELAY`.

mod epoll;
#[cfg_attr(not(feature = "others"), path = "nobody.rs")]
mod others;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::Context;
use driver_inspector::inspector;
use driver_tcp_bare::{TcpAddress, TcpBound, TcpChannel, TcpDriver};
use marketplace_core::{Ground, Pattern, Spawn, topic};

use super::{announce, grounds};

pub(super) fn serve(name: &str, buffer: usize) -> anyhow::Result<()> {
    match name {
        "marketplace" => async_std::task::block_on(marketplace().run()),
        "two grounds" => grounds::serve(name, 0),
        "bare epoll" => epoll::serve(&listener()?, buffer),
        name => others::serve(name, buffer),
    }
}

/// The same as `marketplace`, with an inspector at this address.
pub(super) fn serve_inspected(address: &str) -> anyhow::Result<()> {
    let ground = inspector().address(address.parse::<SocketAddr>()?).watch(marketplace());
    async_std::task::block_on(ground.run())
}

fn listener() -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    announce(listener.local_addr()?);
    Ok(listener)
}

/// The driver reads into one buffer for all connections, whose size the driver decides.
fn marketplace() -> Ground {
    fn echoer(them: TcpAddress, us: TcpAddress) -> Spawn {
        Spawn::new((), move |(), cx| {
            cx.publisher(TcpChannel::flow(&us, &them));
            cx.subscriber(TcpChannel::flow(&them, &us))
                .on_message(|(), cx, packet| cx.send(packet.reply()))
                .on_absence(|(), cx, _peer, _reason| cx.quit());
        })
    }

    let us = TcpAddress::listener(0);
    let listen = Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(TcpBound { listener: &us, address: _ })).on_presence(|(), _, bound| {
            let bound = bound.conversation.value().context("a bound listener has an address")?;
            announce(bound.address);
            Ok(())
        });
        cx.observe_publishers(topic!(TcpChannel { source: _, destination: us, .. }))
            .for_each_conversation(|conversation| conversation.ends().map(|(them, us)| echoer(them, us)));
    });
    let driver = TcpDriver::new().bind_address(Ipv4Addr::LOCALHOST);
    Ground::new().spawn(driver.spawn()).main(listen)
}
