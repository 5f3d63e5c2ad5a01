//! An errand by a connection, because the answer is too long for a datagram.

use anyhow::Context as _;
use driver_tcp_bare::{TcpAddress, TcpChannel, TcpSubPacket};
use hickory_proto::op::Message as Packet;
use marketplace_core::{Context, Spawn, Value};
use tracing::debug;

use crate::errand::{Errand, Response};
use crate::frame::{Frames, framed};

struct Exchange {
    errand: Errand,
    id: u16,
    frames: Frames,
}

/// Connects, asks, and takes the first message that comes.
pub(crate) fn over_tcp(errand: Errand) -> Spawn {
    let (us, them) = (TcpAddress::handle(Value::unique("errand")), TcpAddress::from(errand.server));
    let packet = errand.packet();
    let exchange = Exchange { errand, id: packet.metadata.id, frames: Frames::default() };
    Spawn::new(exchange, move |_, cx| {
        let bytes = framed(&packet.to_vec()?).context("too long a question")?;
        let mut outside = cx.meta();
        outside.publisher(TcpChannel::flow(&us, &them));
        outside
            .subscriber(TcpChannel::flow(&them, &us))
            .on_message(|exchange: &mut Exchange, cx, channel| {
                if let TcpSubPacket::Bytes(bytes) = &channel.subpacket {
                    exchange.hear(cx, bytes);
                }
            })
            .on_absence(|exchange, cx, _, reason| {
                exchange
                    .end(cx, Err(anyhow::Error::from(reason.clone()).context("the connection has ended")));
            });
        outside.send(TcpChannel::bytes(&us, &them, bytes));
        anyhow::Ok(())
    })
    .named("errand by TCP")
}

impl Exchange {
    fn hear(&mut self, cx: &mut Context<'_, Self>, bytes: &[u8]) {
        self.frames.extend(bytes);
        if let Some(message) = self.frames.next() {
            self.end(cx, self.errand.check(self.id, &message));
        }
    }

    fn end(&self, cx: &mut Context<'_, Self>, response: anyhow::Result<Packet>) {
        let response = response.map_or_else(
            |error| {
                debug!(server = %self.errand.server, "cannot ask: {error:#}");
                Response::Silence
            },
            Response::from,
        );
        cx.send(self.errand.reply(response));
        cx.quit();
    }
}
