//! The driver: it sees which sockets are demanded, has each served by a process, and takes what is to be sent.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::anyhow;
use marketplace_core::{Context, Orientation, Pattern, Spawn, Stopping, Value, topic};

use crate::address::{UdpAddress, UdpAddressPattern};
use crate::io::{Controls, Sent};
use crate::message::{UdpError, UdpPacket, UdpPacketPattern};
use crate::options::{Options, UdpDriver};
use crate::socket::socket;

/// The UDP driver with its options as they are by default: see [`UdpDriver`].
///
/// (`udp-driver` in the original.)
#[must_use]
pub fn udp_driver() -> Spawn {
    UdpDriver::new().spawn()
}

/// The local sockets that are demanded.
///
/// Counted here and not by a matcher, which would kill a socket's process, and with it what that has still to
/// send.
struct Driver {
    options: Arc<Options>,
    /// Which of several drivers this is, for its sockets.
    identity: Value,
    demands: HashMap<UdpAddress, Demand>,
    is_stopping: bool,
}

/// The demand for a socket. Once it is gone, whichever way, the socket is closed when all is sent.
struct Demand {
    /// The participants' endpoints that send from it.
    publishers: usize,
    /// The participants' endpoints that receive from it.
    subscribers: usize,
    controls: Controls,
}

impl UdpDriver {
    /// The driver's process.
    #[must_use]
    pub fn spawn(self) -> Spawn {
        let identity = Value::unique("udp driver");
        let driver =
            Driver { options: Arc::new(self.0), identity, demands: HashMap::new(), is_stopping: false };
        Spawn::new(driver, |_, cx| {
            cx.observe_publishers(topic!(Stopping { .. }))
                .on_presence(|driver: &mut Driver, _, _| driver.stop());
            serve(cx, &topic!(UdpAddress::Handle { id: _ }));
            serve(cx, &topic!(UdpAddress::Listener { port: _ }));
        })
        .named("udp driver")
    }
}

/// Demand for the sockets of one kind is shown by participants, of either direction.
fn serve(cx: &mut Context<'_, Driver>, kind: &UdpAddressPattern) {
    let outbound = UdpPacketPattern { source: kind.clone(), ..UdpPacketPattern::any() };
    let inbound = UdpPacketPattern { destination: kind.clone(), ..UdpPacketPattern::any() };
    cx.observe_publishers(outbound.clone())
        .on_presence(|driver: &mut Driver, cx, peer| {
            driver.arrive(cx, &peer.conversation.source, peer.orientation);
        })
        .on_absence(|driver, _, peer, _| driver.depart(&peer.conversation.source, peer.orientation));
    cx.observe_subscribers(inbound)
        .on_presence(|driver: &mut Driver, cx, peer| {
            driver.arrive(cx, &peer.conversation.destination, peer.orientation);
        })
        .on_absence(|driver, _, peer, _| driver.depart(&peer.conversation.destination, peer.orientation));
    // Here and not at the socket, so that what is sent before that is there, or after, has somebody to take it.
    let remote = topic!(UdpAddress::Remote { host: _, port: _ });
    cx.subscriber(UdpPacketPattern { destination: remote, ..outbound }).on_message(Driver::send);
}

impl Driver {
    fn arrive(&mut self, cx: &mut Context<'_, Self>, local: &UdpAddressPattern, side: Orientation) {
        let Some(local) = local.value() else { return };
        if !self.demands.contains_key(&local) && !self.is_stopping {
            let controls = Controls::new(self.options.queue_limit);
            let (options, driver) = (Arc::clone(&self.options), self.identity.clone());
            cx.spawn(socket(local.clone(), controls.clone(), options, driver));
            self.demands.insert(local.clone(), Demand { publishers: 0, subscribers: 0, controls });
        }
        if let Some(demand) = self.demands.get_mut(&local) {
            *demand.count(side) += 1;
        }
    }

    fn depart(&mut self, local: &UdpAddressPattern, side: Orientation) {
        let Some(local) = local.value() else { return };
        let Some(demand) = self.demands.get_mut(&local) else { return };
        *demand.count(side) -= 1;
        if !demand.is_there(self.is_stopping) {
            self.demands.remove(&local);
        }
    }

    /// Receives no more; whoever still publishes may finish.
    ///
    /// The driver itself stays, which keeps no program, so that who sends too late is told.
    fn stop(&mut self) {
        self.is_stopping = true;
        self.demands.retain(|_, demand| {
            demand.controls.stop();
            demand.is_there(true)
        });
    }

    /// Gives a packet to its socket, or tells that it is dropped.
    fn send(&mut self, cx: &mut Context<'_, Self>, packet: &UdpPacket) {
        let UdpAddress::Remote { host, port } = &packet.destination else { return };
        let demand = self.demands.get(&packet.source);
        let reason = match demand.map(|demand| demand.controls.send(host, *port, &packet.body)) {
            Some(Sent::Taken) => return,
            Some(Sent::Full { limit }) => anyhow!("dropped: more than {limit} bytes would wait to be sent"),
            Some(Sent::Closed) => anyhow!("dropped: the socket could not be bound, or is lost"),
            None if self.is_stopping => anyhow!("dropped: no socket, since the program stops"),
            None => anyhow!("dropped: no socket, since nobody takes part in it"),
        };
        let (local, remote) = (packet.source.clone(), Some(packet.destination.clone()));
        cx.send(UdpError { local, remote, reason: reason.into() });
    }
}

impl Demand {
    const fn count(&mut self, side: Orientation) -> &mut usize {
        match side {
            Orientation::Publisher => &mut self.publishers,
            Orientation::Subscriber => &mut self.subscribers,
        }
    }

    /// Nothing comes any more to those who only receive, once the program stops.
    const fn is_there(&self, is_stopping: bool) -> bool {
        self.publishers > 0 || self.subscribers > 0 && !is_stopping
    }
}

impl Drop for Demand {
    fn drop(&mut self) {
        self.controls.close();
    }
}
