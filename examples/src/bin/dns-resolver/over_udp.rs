//! An errand over UDP, from a port of its own that the kernel picks.

use driver_udp::{UdpAddress, UdpError, UdpPacket};
use marketplace_core::{Context, Value, topic};
use tracing::debug;

use crate::errand::{NoSocket, Runner};
use crate::outage::{Outage, outage};

impl Runner {
    /// Asks, unless no sockets are available, and waits for an answer to the question. Other datagrams are ignored.
    pub(crate) fn run_by_udp(&self, cx: &mut Context<'_, Self>) {
        cx.observe_publishers(topic!(Outage {})).on_settled(|runner: &mut Self, cx, outages| {
            if outages == 0 {
                return runner.send(cx);
            }
            runner.end(Err(NoSocket));
            Ok(())
        });
    }

    fn send(&self, cx: &mut Context<'_, Self>) -> anyhow::Result<()> {
        let (us, them) = (UdpAddress::handle(Value::unique("errand")), UdpAddress::from(self.errand.server));
        let packet = self.errand.packet();
        let id = packet.metadata.id;
        cx.publisher(UdpPacket::flow(&us, &them));
        cx.subscriber(UdpPacket::flow(&them, &us))
            .on_message(move |runner: &mut Self, _, packet| runner.hear_datagram(id, &packet.body));
        cx.subscriber(topic!(UdpError { local: us.clone(), .. }))
            .on_message(|runner: &mut Self, cx, error| runner.fail(cx, error));
        cx.send(UdpPacket::new(&us, &them, packet.to_vec()?));
        Ok(())
    }

    fn hear_datagram(&mut self, id: u16, bytes: &[u8]) {
        match self.errand.check(id, bytes) {
            Ok(response) => self.end(Ok(response)),
            Err(error) => debug!(server = %self.errand.server, %error, "a datagram that is not the answer"),
        }
    }

    fn fail(&mut self, cx: &mut Context<'_, Self>, error: &UdpError) {
        if error.remote.is_some() {
            return self.give_up(&error.reason);
        }
        cx.spawn(outage());
        self.end(Err(NoSocket));
    }
}
