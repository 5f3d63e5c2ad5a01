//! The driver: it sees which sockets are demanded, and has each served by a process.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::anyhow;
use marketplace_core::{Context, Pattern, Spawn, Stopping, Value, topic};

use crate::io::{Controls, Sent};
use crate::message::{UdpAddress, UdpAddressPattern, UdpError, UdpPacket, UdpPacketPattern};
use crate::options::Options;
use crate::socket::socket;

/// What the driver's processes share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) options: Arc<Options>,
    pub(crate) driver: Value,
}

/// The local sockets that are demanded.
///
/// Counted here and not by a matcher, which would kill a socket's process, and with it what that has still to
/// send.
type Demands = HashMap<UdpAddress, Demand>;

/// The demand for a socket. Once it is gone, whichever way, the socket is closed when all is sent.
struct Demand {
    /// The participants' endpoints, of either direction.
    participants: usize,
    controls: Controls,
}

impl Drop for Demand {
    fn drop(&mut self) {
        self.controls.close();
    }
}

pub(crate) fn spawn(options: Arc<Options>) -> Spawn {
    let shared = Shared { options, driver: Value::unique("udp driver") };
    Spawn::new(Demands::new(), move |_, cx| {
        // In a later turn, so that what processes send on hearing of the stop is sent.
        cx.observe_publishers(topic!(Stopping { .. }))
            .on_presence(|_, cx, _| cx.yield_then(|_, cx| cx.quit()));
        serve(cx, &topic!(UdpAddress::Handle { id: _ }), &shared);
        serve(cx, &topic!(UdpAddress::Listener { port: _ }), &shared);
    })
    .named("udp driver")
}

/// Demand for the sockets of one kind is shown by participants, of either direction.
fn serve(cx: &mut Context<'_, Demands>, kind: &UdpAddressPattern, shared: &Shared) {
    let sending = shared.clone();
    cx.observe_publishers(UdpPacketPattern { source: kind.clone(), ..UdpPacketPattern::any() })
        .on_presence(move |demands, cx, peer| arrive(demands, cx, &peer.conversation.source, &sending))
        .on_absence(|demands, _, peer, _| depart(demands, &peer.conversation.source))
        .on_message(|demands, cx, packet| {
            if let Some(demand) = demands.get(&packet.source) {
                answer(cx, packet, demand.controls.send_early(packet));
            }
        });
    let receiving = shared.clone();
    cx.observe_subscribers(UdpPacketPattern { destination: kind.clone(), ..UdpPacketPattern::any() })
        .on_presence(move |demands, cx, peer| arrive(demands, cx, &peer.conversation.destination, &receiving))
        .on_absence(|demands, _, peer, _| depart(demands, &peer.conversation.destination));
}

fn arrive(demands: &mut Demands, cx: &mut Context<'_, Demands>, local: &UdpAddressPattern, shared: &Shared) {
    let Some(local) = local.value() else { return };
    if let Some(demand) = demands.get_mut(&local) {
        demand.participants += 1;
        return;
    }
    let controls = Controls::new(shared.options.queue_limit);
    demands.insert(local.clone(), Demand { participants: 1, controls: controls.clone() });
    cx.spawn(socket(local, controls, shared.clone()));
}

fn depart(demands: &mut Demands, local: &UdpAddressPattern) {
    let Some(local) = local.value() else { return };
    let Some(demand) = demands.get_mut(&local) else { return };
    demand.participants -= 1;
    if demand.participants == 0 {
        demands.remove(&local);
    }
}

/// Tells of a packet that was dropped.
pub(crate) fn answer<S: 'static>(cx: &mut Context<'_, S>, packet: &UdpPacket, sent: Sent) {
    let reason = match sent {
        Sent::Queued | Sent::NotHere => return,
        Sent::Full { limit } => anyhow!("dropped: more than {limit} bytes would wait to be sent"),
    };
    let (local, remote) = (packet.source.clone(), Some(packet.destination.clone()));
    cx.send(UdpError { local, remote, reason: reason.into() });
}
