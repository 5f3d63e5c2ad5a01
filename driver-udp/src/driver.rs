//! The driver's process: it observes the demand for sockets, spawns a process for each socket, and passes on the
//! packets to send.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::anyhow;
use marketplace_core::{Context, Orientation, Pattern, Spawn, Stopping, Value, topic};

use crate::address::{UdpAddress, UdpAddressPattern};
use crate::io::{Controls, Sent};
use crate::message::{UdpError, UdpPacket, UdpPacketPattern};
use crate::options::{Options, UdpDriver};
use crate::socket::socket;

/// The UDP driver with the default options. Spawn it once in a program, before the processes that use UDP or after
/// them. [`UdpDriver`] makes a driver with other options.
///
/// (`udp-driver` in the original.)
///
/// # Examples
///
/// ```no_run
/// use async_std::task;
/// use driver_udp::{UdpAddress, UdpPacket, udp_driver};
/// use marketplace_core::{Ground, Spawn};
///
/// fn main() -> anyhow::Result<()> {
///     let printer = Spawn::new((), |(), cx| {
///         cx.subscriber(UdpPacket::inbound(&UdpAddress::listener(5999)))
///             .on_message(|(), _, packet| println!("{}: {:?}", packet.source, packet.body));
///     });
///     task::block_on(Ground::new().spawn(udp_driver()).main(printer).run())
/// }
/// ```
#[must_use]
pub fn udp_driver() -> Spawn {
    UdpDriver::new().spawn()
}

/// The state of the driver's process: the demand for local sockets.
///
/// The driver counts the demand itself. `for_each_conversation` would kill a socket's process when the demand ends,
/// although packets are still queued.
struct Driver {
    options: Arc<Options>,
    /// Distinguishes the sockets of this driver from those of other drivers in the VM.
    identity: Value,
    demands: HashMap<UdpAddress, Demand>,
    is_stopping: bool,
}

/// The demand for a socket. When it is dropped, the socket closes after it has sent all queued packets.
struct Demand {
    /// The number of participant endpoints that send from the socket.
    publishers: usize,
    /// The number of participant endpoints that receive from the socket.
    subscribers: usize,
    controls: Controls,
}

impl UdpDriver {
    /// The driver's process with these options, to be spawned in a program.
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

/// Observes the demand for the local sockets of one kind. A participant of either direction is demand.
fn serve(cx: &mut Context<'_, Driver>, kind: &UdpAddressPattern) {
    let outbound = UdpPacketPattern { source: kind.clone(), ..UdpPacketPattern::any() };
    let inbound = UdpPacketPattern { destination: kind.clone(), ..UdpPacketPattern::any() };
    cx.observe_publishers(outbound.clone())
        .on_presence(|driver: &mut Driver, cx, peer| {
            driver.add_demand(cx, &peer.conversation.source, peer.orientation);
        })
        .on_absence(|driver, _, peer, _| driver.remove_demand(&peer.conversation.source, peer.orientation));
    cx.observe_subscribers(inbound)
        .on_presence(|driver: &mut Driver, cx, peer| {
            driver.add_demand(cx, &peer.conversation.destination, peer.orientation);
        })
        .on_absence(|driver, _, peer, _| {
            driver.remove_demand(&peer.conversation.destination, peer.orientation)
        });
    // The driver subscribes, and not the socket's process, so that packets that are sent before the socket is bound, or
    // after it is closed, have a receiver.
    let remote = topic!(UdpAddress::Remote { host: _, port: _ });
    cx.subscriber(UdpPacketPattern { destination: remote, ..outbound }).on_message(Driver::send);
}

impl Driver {
    fn add_demand(&mut self, cx: &mut Context<'_, Self>, local: &UdpAddressPattern, side: Orientation) {
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

    fn remove_demand(&mut self, local: &UdpAddressPattern, side: Orientation) {
        let Some(local) = local.value() else { return };
        let Some(demand) = self.demands.get_mut(&local) else { return };
        *demand.count(side) -= 1;
        if !demand.is_active(self.is_stopping) {
            self.demands.remove(&local);
        }
    }

    /// Stops receiving. Processes that still publish may finish.
    ///
    /// The driver does not quit, so that it can report packets that are sent too late. It does not keep the program
    /// from ending.
    fn stop(&mut self) {
        self.is_stopping = true;
        self.demands.retain(|_, demand| {
            demand.controls.stop();
            demand.is_active(true)
        });
    }

    /// Gives a packet to its socket, or reports that it is dropped.
    fn send(&mut self, cx: &mut Context<'_, Self>, packet: &UdpPacket) {
        let UdpAddress::Remote { host, port } = &packet.destination else { return };
        let demand = self.demands.get(&packet.source);
        let local = packet.source.clone();
        let reason = match demand.map(|demand| demand.controls.send(host, *port, &packet.body)) {
            Some(Sent::Accepted) => return,
            Some(Sent::Full { limit }) => {
                anyhow!("packet dropped: the send queue of {local} would exceed its limit of {limit} bytes")
            }
            Some(Sent::Closed) => {
                anyhow!("packet dropped: the socket of {local} could not be bound, or is lost")
            }
            None if self.is_stopping => {
                anyhow!("packet dropped: {local} has no socket, because the program is stopping")
            }
            None => anyhow!("packet dropped: {local} has no socket, because it has no participant"),
        };
        let remote = Some(packet.destination.clone());
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

    /// Whether the socket is still needed. When the program stops, nothing more is received, so subscribers do not
    /// count.
    const fn is_active(&self, is_stopping: bool) -> bool {
        self.publishers > 0 || self.subscribers > 0 && !is_stopping
    }
}

impl Drop for Demand {
    fn drop(&mut self) {
        self.controls.close();
    }
}
