//! A program under test.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;

use anyhow::Context as _;
use driver_udp::{UdpAddress, UdpBound, UdpDriver, UdpError, UdpPacket};
use marketplace_core::{Ground, Pattern, topic};
use marketplace_testing::{Inbox, ReasonKind, TestProcess, TestProgram};

/// A running program with the driver. When this is dropped, the program ends at once, with all its sockets.
pub(crate) struct Program(TestProgram);

/// The driver on 127.0.0.1.
pub(crate) fn driver() -> UdpDriver {
    UdpDriver::new().bind_address(Ipv4Addr::LOCALHOST)
}

impl Program {
    /// A program with the driver only.
    pub(crate) fn start() -> anyhow::Result<Self> {
        Self::with(driver())
    }

    pub(crate) fn with(driver: UdpDriver) -> anyhow::Result<Self> {
        Ok(Self(TestProgram::run(Ground::new().spawn(driver.spawn()))?))
    }

    /// The same, unrecorded, for a program with much to do.
    pub(crate) fn busy(driver: UdpDriver) -> anyhow::Result<Self> {
        Ok(Self(TestProgram::run_unrecorded(Ground::new().spawn(driver.spawn()))?))
    }

    /// A process that publishes packets from `us`.
    pub(crate) fn publisher(&self, us: &UdpAddress) -> anyhow::Result<TestProcess> {
        let topic = UdpPacket::outbound(us);
        self.process(|cx| {
            cx.publisher(topic);
        })
    }

    /// The packets to `us` that a participant receives.
    pub(crate) fn inbox(&self, us: &UdpAddress) -> anyhow::Result<Inbox<UdpPacket>> {
        self.messages(UdpPacket::inbound(us))
    }

    /// The same after the socket is bound, and its address.
    pub(crate) fn bound_inbox(&self, us: &UdpAddress) -> anyhow::Result<(Inbox<UdpPacket>, SocketAddr)> {
        let inbox = self.inbox(us)?;
        Ok((inbox, self.bound(us)?))
    }

    pub(crate) fn errors(&self) -> anyhow::Result<Inbox<UdpError>> {
        self.messages(topic!(UdpError { .. }))
    }

    /// Waits until `us` is bound, and returns its address.
    pub(crate) fn bound(&self, us: &UdpAddress) -> anyhow::Result<SocketAddr> {
        next_address(&mut self.bounds(us)?)
    }

    /// The presences and absences of `UdpBound` for `us`.
    pub(crate) fn bounds(&self, us: &UdpAddress) -> anyhow::Result<Inbox<UdpBound>> {
        self.observe_publishers(topic!(UdpBound { local: us, address: _ }))
    }
}

impl Deref for Program {
    type Target = TestProgram;

    fn deref(&self) -> &TestProgram {
        &self.0
    }
}

/// Waits for the next bound socket, and returns its address.
pub(crate) fn next_address(bounds: &mut Inbox<UdpBound>) -> anyhow::Result<SocketAddr> {
    bounds.presence()?.address.value().context("the address must be known")
}

/// The next error: the local end, the remote end, and what failed.
pub(crate) fn next_error(
    errors: &mut Inbox<UdpError>,
) -> anyhow::Result<(UdpAddress, Option<UdpAddress>, ReasonKind)> {
    let error = errors.message()?;
    Ok((error.local.clone(), error.remote.clone(), ReasonKind::from(&error.reason)))
}
