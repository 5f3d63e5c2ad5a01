//! An errand over TCP, because the answer is too long for a datagram.

use anyhow::Context as _;
use driver_tcp_bare::{TcpAddress, TcpChannel, TcpSubPacket};
use marketplace_core::{Context, Value};

use crate::errand::Runner;
use crate::frame::{Frames, framed};

impl Runner {
    /// Connects, asks, and uses the first message that arrives.
    pub(crate) fn run_by_tcp(&self, cx: &mut Context<'_, Self>) -> anyhow::Result<()> {
        let (us, them) = (TcpAddress::handle(Value::unique("errand")), TcpAddress::from(self.errand.server));
        let packet = self.errand.packet();
        let bytes = framed(&packet.to_vec()?).context("the question is too long")?;
        let (id, mut frames) = (packet.metadata.id, Frames::default());
        let mut outside = cx.meta();
        outside.publisher(TcpChannel::flow(&us, &them));
        outside
            .subscriber(TcpChannel::flow(&them, &us))
            .on_message(move |runner: &mut Self, _, channel| {
                if let TcpSubPacket::Bytes(bytes) = &channel.subpacket {
                    frames.extend(bytes);
                    if let Some(message) = frames.next() {
                        runner.hear_message(id, &message);
                    }
                }
            })
            .on_absence(|runner, _, _, reason| runner.give_up(reason));
        outside.send(TcpChannel::bytes(&us, &them, bytes));
        Ok(())
    }

    fn hear_message(&mut self, id: u16, bytes: &[u8]) {
        match self.errand.check(id, bytes) {
            Ok(response) => self.end(Ok(response)),
            Err(error) => self.give_up(error),
        }
    }
}
