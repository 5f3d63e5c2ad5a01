//! An errand by a datagram, from a port of its own that the kernel picks.

use driver_udp::{UdpAddress, UdpError, UdpPacket};
use marketplace_core::{Context, Spawn, Value, topic};
use tracing::debug;

use crate::errand::Errand;

/// Asks, and waits for what fits; anything else that comes is no answer.
pub(crate) fn over_udp(errand: Errand) -> Spawn {
    let (us, them) = (UdpAddress::handle(Value::unique("errand")), UdpAddress::from(errand.server));
    Spawn::new(errand, move |errand, cx| {
        let packet = errand.packet();
        let id = packet.metadata.id;
        cx.publisher(UdpPacket::flow(&us, &them));
        cx.subscriber(UdpPacket::flow(&them, &us))
            .on_message(move |errand: &mut Errand, cx, packet| errand.hear(cx, id, &packet.body));
        cx.subscriber(topic!(UdpError { local: us.clone(), .. })).on_message(
            |errand: &mut Errand, cx, error| {
                debug!(server = %errand.server, reason = %error.reason, "cannot ask");
                cx.send(errand.reply(None));
                cx.quit();
            },
        );
        cx.send(UdpPacket::new(&us, &them, packet.to_vec()?));
        anyhow::Ok(())
    })
    .named("errand by UDP")
}

impl Errand {
    fn hear(&self, cx: &mut Context<'_, Self>, id: u16, bytes: &[u8]) {
        match self.check(id, bytes) {
            Ok(response) => {
                cx.send(self.reply(Some(response)));
                cx.quit();
            }
            Err(error) => debug!(server = %self.server, %error, "a datagram that is no answer"),
        }
    }
}
