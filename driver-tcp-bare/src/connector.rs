//! A connection that is being made: a process for each that is demanded.

use std::io;
use std::sync::Arc;

use marketplace_core::{Context, Spawn};
use tracing::warn;

use crate::connection::outbound;
use crate::driver::{Shared, because};
use crate::early::{EarlyConnection, Ends};
use crate::io::{connect, connection_source};
use crate::message::{TcpAddress, TcpChannel, TcpError};

/// Connects while there is demand for it; then the connection is a process of its own.
pub(crate) fn connector(early: EarlyConnection, shared: Shared) -> Spawn {
    let (local, remote) = early.ends.clone();
    let name = format!("tcp connect {local} - {remote}");
    Spawn::new(Some(early), move |_, cx| {
        let TcpAddress::Remote { host, port } = remote else { return };
        shared.end_with_driver(cx);
        let Shared { options, counters, .. } = shared;
        cx.perform(
            connect(host, port, Arc::clone(&options)),
            |early: &mut Option<EarlyConnection>, cx, connected| {
                let Some(early) = early.take() else { return };
                match connected {
                    Ok(socket) => {
                        let source =
                            connection_source(socket, early.controls.clone(), options, counters, None);
                        cx.spawn(outbound(early, source));
                    }
                    Err(error) => fail(cx, &early.ends, error),
                }
                cx.quit();
            },
        );
    })
    .named(name)
}

/// Shows sessions a connection that is lost at once.
fn fail<S: 'static>(cx: &mut Context<'_, S>, (local, remote): &Ends, error: io::Error) {
    warn!(%remote, %error, "cannot connect");
    let reason = because(error, format!("cannot connect to {remote}"));
    // First, so that whoever hears of it is not misled by the presence.
    cx.send(TcpError { local: local.clone(), remote: Some(remote.clone()), reason: reason.clone() });
    let inbound = cx.publisher(TcpChannel::flow(remote, local)).name();
    let outbound = cx.subscriber(TcpChannel::flow(local, remote)).name();
    cx.delete_because(inbound, reason.clone());
    cx.delete_because(outbound, reason);
}
