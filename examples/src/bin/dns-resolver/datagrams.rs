//! Clients' datagrams.

use driver_tcp_bare::{TcpAddress, TcpBound};
use driver_udp::{UdpAddress, UdpPacket};
use marketplace_core::{Context, Pattern, topic};

/// The endpoint that keeps the socket open until all requests are answered.
const ANSWERS: &str = "answers";

/// Makes a process receive from the UDP port with the number of the TCP listener's port.
pub(crate) fn listen<S: 'static>(
    cx: &mut Context<'_, S>,
    listener: TcpAddress,
    hear: fn(&mut S, &mut Context<'_, S>, &UdpPacket),
) {
    cx.meta().observe_publishers(topic!(TcpBound { listener, address: _ })).on_presence(
        move |_, cx, bound| {
            let Some(bound) = bound.conversation.value() else { return };
            let us = UdpAddress::listener(bound.address.port());
            cx.meta().publisher(UdpPacket::outbound(&us)).named(ANSWERS);
            cx.meta()
                .subscriber(UdpPacket::inbound(&us))
                .on_message(hear)
                .on_absence(|_, cx, _, _| cx.meta().delete(ANSWERS));
        },
    );
}
