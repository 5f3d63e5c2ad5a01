//! Grounds that are joined by a network that is moved by hand, over which everything is sent as bytes.

use driver_link::{
    Batch, Codec, CodecLimits, GroundId, Link, Packets, Transport, TransportSender, TransportStart,
};
use marketplace_core::Ground;
use marketplace_testing::TestProgram;

use super::{Simulated, Way};

/// [`Simulated`], with a codec at each end.
#[derive(Default)]
pub(crate) struct Coded(Simulated);

/// A transport that converts each batch into packets and back.
struct Coding<C>(C);

/// The sending end of a ground.
struct Sending {
    codec: Codec,
    outward: Box<dyn TransportSender>,
}

impl Way for Coded {
    const SHARES_REASONS: bool = false;

    fn start(&mut self, ground: Ground, link: Link) -> anyhow::Result<TestProgram> {
        let transport = Coding(self.0.network.transport());
        Ok(self.0.start_joined(ground, link.join(transport)))
    }

    fn flow(&mut self, grounds: &[&TestProgram]) -> anyhow::Result<()> {
        self.0.flow(grounds)
    }

    fn freeze(&mut self, number: usize, ground: &TestProgram) -> anyhow::Result<()> {
        self.0.freeze(number, ground)
    }

    fn thaw(&mut self, number: usize) -> anyhow::Result<()> {
        self.0.thaw(number)
    }
}

impl<C: Transport> Transport for Coding<C> {
    fn start(self: Box<Self>, start: TransportStart) -> anyhow::Result<Box<dyn TransportSender>> {
        let codec = Codec::new(start.shared.clone(), CodecLimits::default());
        let outward = Box::new(self.0).start(start)?;
        Ok(Box::new(Sending { codec, outward }))
    }
}

impl TransportSender for Sending {
    fn send(&mut self, to: GroundId, batch: Batch) {
        let Packets { packets, unsent } = self.codec.encode(&batch);
        assert!(unsent.is_empty(), "{unsent:?}");
        for packet in packets {
            let batch = self.codec.decode(&packet).expect("what was written can be read");
            self.outward.send(to, batch);
        }
    }
}
