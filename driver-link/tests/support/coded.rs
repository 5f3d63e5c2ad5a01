//! Grounds that are joined by a network that is moved by hand, and to which all that is sent becomes bytes on the way.

use driver_link::{Batch, Carrier, Codec, CodecLimits, GroundId, Link, Outward, Packets, Start};
use marketplace_core::Ground;
use marketplace_testing::TestProgram;

use super::{Simulated, Way};

/// [`Simulated`], with a codec at each end.
#[derive(Default)]
pub(crate) struct Coded(Simulated);

/// A carrier of which each batch is made of packets.
struct Coding<C>(C);

/// A ground's way out.
struct Sending {
    codec: Codec,
    outward: Box<dyn Outward>,
}

impl Way for Coded {
    const SHARES_REASONS: bool = false;

    fn start(&mut self, ground: Ground, link: Link) -> anyhow::Result<TestProgram> {
        let carrier = Coding(self.0.network.carrier());
        Ok(self.0.start_joined(ground, link.join(carrier)))
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

impl<C: Carrier> Carrier for Coding<C> {
    fn start(self: Box<Self>, start: Start) -> anyhow::Result<Box<dyn Outward>> {
        let codec = Codec::new(start.shared.clone(), CodecLimits::default());
        let outward = Box::new(self.0).start(start)?;
        Ok(Box::new(Sending { codec, outward }))
    }
}

impl Outward for Sending {
    fn send(&mut self, to: GroundId, batch: Batch) {
        let Packets { packets, unsent } = self.codec.encode(&batch);
        assert!(unsent.is_empty(), "{unsent:?}");
        for packet in packets {
            let batch = self.codec.decode(&packet).expect("what was written can be read");
            self.outward.send(to, batch);
        }
    }
}
