//! A program that uses zenoh directly, and sends what the test wants.

use std::sync::{Arc, mpsc};

use anyhow::{Context as _, anyhow, ensure};
use driver_link::{Batch, Codec, CodecLimits, GroundId, Shared, SharedTypes, ZenohConfig};
use marketplace_testing::TIMEOUT;
use zenoh::liveliness::LivelinessToken;
use zenoh::qos::CongestionControl;
use zenoh::{Session, Wait as _};

use crate::vocabulary::Said;

/// A stranger in the network of the tests.
pub(crate) struct Stranger {
    ground: GroundId,
    session: Session,
    /// The key under which another ground receives what it sends.
    key: String,
    codec: Codec,
    /// The position in everything that it sends.
    position: u64,
}

/// A stranger that is present like a ground, and that another ground has met.
pub(crate) struct Met {
    pub(crate) stranger: Stranger,
    /// The session in which the other ground greets it.
    pub(crate) session: u64,
    pub(crate) token: LivelinessToken,
}

/// How many bytes the transport adds to a batch.
const TRAILER: usize = 18;

impl Stranger {
    /// A stranger that claims to be this ground, and sends to that other one.
    pub(crate) fn new(ground: GroundId, other: GroundId, config: ZenohConfig) -> anyhow::Result<Self> {
        let session = zenoh::open(config).wait().map_err(|error| anyhow!("{error}"))?;
        let key = format!("marketplace/test/to/{other}/{ground}");
        let shared = SharedTypes::new([Shared::<Said>::new().named("test/Said", 1).into()])?;
        let codec = Codec::new(Arc::new(shared), CodecLimits::default());
        Ok(Self { ground, session, key, codec, position: 0 })
    }

    /// Becomes present, and waits until the other ground greets it.
    pub(crate) fn meet(self) -> anyhow::Result<Met> {
        let (sender, came) = mpsc::channel();
        let take = move |sample: zenoh::sample::Sample| {
            // The test may have ended.
            let _unheard = sender.send(sample.payload().to_bytes().into_owned());
        };
        let inbox = format!("marketplace/test/to/{}/*", self.ground);
        let subscriber = self.session.declare_subscriber(inbox).callback(take).wait();
        let _subscriber = subscriber.map_err(|error| anyhow!("{error}"))?;
        let token = self.is_there()?;
        loop {
            let packet = came.recv_timeout(TIMEOUT).context("nobody greets the stranger")?;
            let batch = &packet[..packet.len() - TRAILER];
            if !batch.is_empty() {
                let session = self.codec.decode(batch)?.session;
                return Ok(Met { stranger: self, session, token });
            }
        }
    }

    /// Becomes present like a ground.
    pub(crate) fn is_there(&self) -> anyhow::Result<LivelinessToken> {
        let token =
            self.session.liveliness().declare_token(format!("marketplace/test/ground/{}", self.ground));
        token.wait().map_err(|error| anyhow!("{error}"))
    }

    /// Sends these bytes.
    pub(crate) fn put(&self, bytes: &[u8]) -> anyhow::Result<()> {
        let put = self.session.put(&self.key, bytes).congestion_control(CongestionControl::Block);
        put.wait().map_err(|error| anyhow!("{error}"))
    }

    /// Sends a batch as a transport does, without waiting for room.
    pub(crate) fn send(&mut self, batch: &Batch) -> anyhow::Result<()> {
        let packets = self.codec.encode(batch);
        ensure!(packets.unsent.is_empty(), "{packets:?}");
        for mut packet in packets.packets {
            self.position += packet.len() as u64;
            packet.extend(self.position.to_le_bytes());
            packet.extend([0; 8]);
            packet.extend([0, 1]);
            self.put(&packet)?;
        }
        Ok(())
    }
}

impl Met {
    /// Ends its presence, and can still send.
    pub(crate) fn leave(self) -> anyhow::Result<Stranger> {
        self.token.undeclare().wait().map_err(|error| anyhow!("{error}"))?;
        Ok(self.stranger)
    }
}
