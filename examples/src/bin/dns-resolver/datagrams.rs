//! Takes in clients' datagrams.

use driver_tcp_bare::{TcpAddress, TcpBound};
use driver_udp::{UdpAddress, UdpPacket};
use marketplace_core::{Context, Pattern, Spawn, topic};

use crate::client::{Return, serve};

/// Serves what comes to the UDP port of the number that the TCP listener has.
pub(crate) fn datagrams(listener: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.meta().observe_publishers(topic!(TcpBound { listener, address: _ })).on_presence(
            |(), cx, bound| {
                if let Some(bound) = bound.conversation.value() {
                    listen(cx, &UdpAddress::listener(bound.address.port()));
                }
            },
        );
    })
    .named("datagrams")
}

fn listen(cx: &mut Context<'_, ()>, us: &UdpAddress) {
    cx.meta().subscriber(UdpPacket::inbound(us)).on_message(|(), cx, packet| {
        let back = Return::Datagram(packet.destination.clone(), packet.source.clone());
        serve(cx, &packet.body, back);
    });
}
