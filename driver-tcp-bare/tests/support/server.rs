//! Servers as a user of the driver writes them.

use std::net::SocketAddr;

use driver_tcp_bare::{TcpAddress, TcpChannel, TcpDriver};
use marketplace_core::{Spawn, topic};

use super::{Program, options};

/// An echo server, and its address.
pub(crate) fn echo_server() -> anyhow::Result<(Program, SocketAddr)> {
    echo_server_with(options())
}

/// The same, with options of the driver.
pub(crate) fn echo_server_with(driver: TcpDriver) -> anyhow::Result<(Program, SocketAddr)> {
    let program = Program::with(driver)?;
    let us = TcpAddress::listener(0);
    program.spawn(listen(us.clone(), echoer))?;
    let address = program.bound(&us)?;
    Ok((program, address))
}

/// Starts a session for each inbound connection, from the remote and the local end.
pub(crate) fn listen(
    us: TcpAddress,
    mut session: impl FnMut(TcpAddress, TcpAddress) -> Spawn + Send + 'static,
) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(TcpChannel { source: _, destination: us, .. })).on_presence(
            move |(), cx, peer| {
                if let Some((them, us)) = peer.conversation.ends() {
                    cx.spawn(session(them, us));
                }
            },
        );
    })
    .named("listen")
}

/// Sends back what one client sends, until the client ends its sending side.
pub(crate) fn echoer(them: TcpAddress, us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(TcpChannel::flow(&us, &them));
        cx.subscriber(TcpChannel::flow(&them, &us))
            .on_message(|(), cx, packet| cx.send(packet.reply()))
            .on_absence(|(), cx, _, _| cx.quit());
    })
    .named("echoer")
}
