//! An errand by a datagram, from a port of its own that the kernel picks.

use driver_udp::{UdpAddress, UdpError, UdpPacket};
use marketplace_core::{Context, Spawn, Value, topic};
use tracing::debug;

use crate::errand::{Errand, Response};
use crate::outage::{Outage, outage};

/// Asks, unless there are no sockets, and waits for what fits; anything else that comes is no answer.
pub(crate) fn over_udp(errand: Errand) -> Spawn {
    Spawn::new(errand, |_, cx| {
        cx.observe_publishers(topic!(Outage {})).on_settled(|errand: &mut Errand, cx, outages| {
            if outages == 0 {
                return errand.ask(cx);
            }
            errand.end(cx, Response::NoSocket);
            Ok(())
        });
    })
    .named("errand by UDP")
}

impl Errand {
    fn ask(&self, cx: &mut Context<'_, Self>) -> anyhow::Result<()> {
        let (us, them) = (UdpAddress::handle(Value::unique("errand")), UdpAddress::from(self.server));
        let packet = self.packet();
        let id = packet.metadata.id;
        cx.publisher(UdpPacket::flow(&us, &them));
        cx.subscriber(UdpPacket::flow(&them, &us))
            .on_message(move |errand: &mut Self, cx, packet| errand.hear(cx, id, &packet.body));
        cx.subscriber(topic!(UdpError { local: us.clone(), .. }))
            .on_message(|errand: &mut Self, cx, error| errand.fail(cx, error));
        cx.send(UdpPacket::new(&us, &them, packet.to_vec()?));
        Ok(())
    }

    fn hear(&self, cx: &mut Context<'_, Self>, id: u16, bytes: &[u8]) {
        match self.check(id, bytes) {
            Ok(response) => self.end(cx, response.into()),
            Err(error) => debug!(server = %self.server, %error, "a datagram that is no answer"),
        }
    }

    fn fail(&self, cx: &mut Context<'_, Self>, error: &UdpError) {
        debug!(server = %self.server, reason = %error.reason, "cannot ask");
        if error.remote.is_some() {
            return self.end(cx, Response::Silence);
        }
        cx.spawn(outage());
        self.end(cx, Response::NoSocket);
    }

    fn end(&self, cx: &mut Context<'_, Self>, response: Response) {
        cx.send(self.reply(response));
        cx.quit();
    }
}
