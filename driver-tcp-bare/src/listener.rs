//! A port that is listened on: a process for each that is demanded.

use std::sync::Arc;

use marketplace_core::{Context, Message, Once, Spawn, Value, topic};
use tracing::{info, warn};

use crate::connection::inbound;
use crate::driver::{Shared, because};
use crate::io::{Accepted, Bound, connection_source, listen};
use crate::message::{TcpAddress, TcpBound, TcpError};

/// The endpoint that waits for the port's earlier listener to be gone.
const PREDECESSOR: &str = "predecessor";

/// Holds a port of a driver's, so that its next listener on it waits until this one is gone.
#[derive(Debug, Message)]
struct Holding {
    driver: Value,
    port: u16,
}

/// Listens on a port while there is demand for it.
pub(crate) fn listener(port: u16, shared: Shared) -> Spawn {
    let name = format!("tcp {}", TcpAddress::listener(port));
    Spawn::new(None, move |_, cx| {
        shared.end_with_driver(cx);
        let later = shared.clone();
        cx.observe_publishers(topic!(Holding { driver: shared.driver.clone(), port }))
            .named(PREDECESSOR)
            .on_settled(move |bound, cx, predecessors| {
                if predecessors == 0 {
                    bind(bound, cx, port, shared.clone());
                }
            })
            // Its socket goes with the process, after its endpoints.
            .on_absence(move |_, cx, _, _| {
                let shared = later.clone();
                cx.yield_then(move |bound, cx| bind(bound, cx, port, shared));
            });
    })
    .named(name)
}

fn bind(bound: &mut Option<Bound>, cx: &mut Context<'_, Option<Bound>>, port: u16, shared: Shared) {
    cx.delete(PREDECESSOR);
    let Shared { options, counters, admission, driver } = shared;
    let local = TcpAddress::listener(port);
    let bound = match listen(port, &options) {
        Ok(new) => bound.insert(new),
        Err(error) => {
            warn!(address = %options.bind_address, port, %error, "cannot listen");
            let reason = because(error, format!("cannot listen on {} port {port}", options.bind_address));
            cx.send(TcpError { local, remote: None, reason });
            return cx.quit();
        }
    };
    info!(address = %bound.address, "listening");
    cx.publisher(topic!(Holding { driver, port }));
    cx.publisher(topic!(TcpBound { listener: local.clone(), address: bound.address }));
    let source = bound.source(admission, Arc::clone(&options), Arc::clone(&counters));
    cx.on_event(&source, move |_, cx, accepted: &Once<Accepted>| {
        if let Some(Accepted { socket, peer, admitted, controls }) = accepted.take() {
            let (options, counters) = (Arc::clone(&options), Arc::clone(&counters));
            let source = connection_source(socket, controls.clone(), options, counters, Some(admitted));
            cx.spawn(inbound(local.clone(), peer.into(), controls, source));
        }
    });
}
