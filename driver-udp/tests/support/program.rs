//! A program under test.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use async_std::task;
use driver_udp::{UdpAddress, UdpBound, UdpDriver, UdpError, UdpPacket};
use marketplace_core::{Context, Ground, Handle, Pattern, Spawn, topic};

use super::{Inbox, PATIENCE, Participant};

/// Later than any test looks.
const NO_DEADLINE: Duration = Duration::from_secs(600);

/// How many messages a test may be behind.
const CAPACITY: usize = 100_000;

/// A ground that runs on a task of its own; dropping it ends it at once, with all its sockets.
pub(crate) struct Program {
    handle: Handle,
    outcome: Receiver<anyhow::Result<()>>,
}

/// The driver on 127.0.0.1.
pub(crate) fn driver() -> UdpDriver {
    UdpDriver::new().bind_address(Ipv4Addr::LOCALHOST)
}

impl Program {
    /// A program with the driver and nothing else yet.
    pub(crate) fn start() -> Self {
        Self::with(driver())
    }

    pub(crate) fn with(driver: UdpDriver) -> Self {
        let ground = Ground::new().spawn(driver.spawn());
        let handle = ground.handle();
        let (sender, outcome) = channel();
        task::spawn(async move { sender.send(ground.run().await) });
        Self { handle, outcome }
    }

    pub(crate) fn spawn(&mut self, spawn: Spawn) -> anyhow::Result<()> {
        task::block_on(self.handle.spawn(spawn))?;
        Ok(())
    }

    pub(crate) fn participant(
        &self,
        boot: impl FnOnce(&mut Context<'_, ()>) + Send + 'static,
    ) -> anyhow::Result<Participant> {
        Participant::spawn(self.handle.clone(), boot)
    }

    /// A participant publisher of what comes from `us`.
    pub(crate) fn publisher(&self, us: &UdpAddress) -> anyhow::Result<Participant> {
        let topic = UdpPacket::outbound(us);
        self.participant(|cx| {
            cx.publisher(topic);
        })
    }

    /// A participant subscriber to what goes to `us`.
    pub(crate) fn inbox(&mut self, us: &UdpAddress) -> anyhow::Result<Inbox<UdpPacket>> {
        Ok(Inbox(task::block_on(self.handle.subscribe(UdpPacket::inbound(us), CAPACITY))?))
    }

    /// The same, once the socket is bound; and its address.
    pub(crate) fn bound_inbox(&mut self, us: &UdpAddress) -> anyhow::Result<(Inbox<UdpPacket>, SocketAddr)> {
        let inbox = self.inbox(us)?;
        Ok((inbox, self.bound(us)?))
    }

    pub(crate) fn errors(&mut self) -> anyhow::Result<Inbox<UdpError>> {
        Ok(Inbox(task::block_on(self.handle.subscribe(topic!(UdpError { .. }), CAPACITY))?))
    }

    /// Sends a message, in nobody's name.
    pub(crate) fn send(&mut self, packet: UdpPacket) -> anyhow::Result<()> {
        Ok(task::block_on(self.handle.send(packet))?)
    }

    /// The address to which `us` is bound, as soon as it is.
    pub(crate) fn bound(&self, us: &UdpAddress) -> anyhow::Result<SocketAddr> {
        let bounds = self.bounds(us)?;
        loop {
            if let Some(address) = bounds.recv_timeout(PATIENCE).context("the socket is not bound")? {
                return Ok(address);
            }
        }
    }

    /// Reports the address of `us` whenever it is bound, and nothing when it is so no longer.
    pub(crate) fn bounds(&self, us: &UdpAddress) -> anyhow::Result<Receiver<Option<SocketAddr>>> {
        let (reporter, bounds) = channel();
        let gone = reporter.clone();
        let topic = topic!(UdpBound { local: us, address: _ });
        self.participant(move |cx| {
            cx.observe_publishers(topic)
                .on_presence(move |(), _, peer| {
                    let _gone = reporter.send(peer.conversation.address.value());
                })
                .on_absence(move |(), _, _, _| {
                    let _gone = gone.send(None);
                });
        })?;
        Ok(bounds)
    }

    /// Asks for a stop that may take its time.
    pub(crate) fn ask_to_stop(&mut self) -> anyhow::Result<()> {
        self.stop_within(NO_DEADLINE)
    }

    /// Asks for a stop that drops what is left.
    pub(crate) fn stop_now(&mut self) -> anyhow::Result<()> {
        self.stop_within(Duration::ZERO)
    }

    /// What `run()` has returned; an error if it does not.
    pub(crate) fn outcome(&self) -> anyhow::Result<()> {
        self.outcome.recv_timeout(PATIENCE).context("the program does not end")?
    }

    fn stop_within(&mut self, time: Duration) -> anyhow::Result<()> {
        Ok(task::block_on(self.handle.stop(Instant::now() + time, task::sleep(time)))?)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.stop_now().is_ok() {
            let _outcome = self.outcome.recv_timeout(PATIENCE);
        }
    }
}
