//! Sessions: processes that use a connection, and report what they see.

use std::net::SocketAddr;

use anyhow::{Context as _, anyhow, ensure};
use bytes::Bytes;
use driver_tcp_bare::{TcpAddress, TcpChannel, TcpSubPacket};
use marketplace_core::Context;
use marketplace_testing::{Reporter, Reports, TestProcess, TestVm};

use super::SessionEvent;

/// A process with an endpoint for each direction of a connection.
pub(crate) struct Session {
    pub(crate) process: TestProcess,
    pub(crate) us: TcpAddress,
    pub(crate) them: TcpAddress,
    /// The events of its endpoint `in`.
    pub(crate) inbound: Reports<SessionEvent>,
    /// The events of its endpoint `out`.
    pub(crate) outbound: Reports<SessionEvent>,
}

/// Demand for a listener, the listener's address, and its connections.
pub(crate) struct Listening {
    pub(crate) observer: TestProcess,
    pub(crate) address: SocketAddr,
    pub(super) connections: Reports<Option<(TcpAddress, TcpAddress)>>,
}

impl Session {
    pub(super) fn spawn(
        vm: &TestVm,
        us: &TcpAddress,
        them: &TcpAddress,
        boot: impl FnOnce(&mut Context<'_, ()>) + Send + 'static,
    ) -> anyhow::Result<Self> {
        let (inwards, inbound) = vm.reports();
        let (outwards, outbound) = vm.reports();
        let (us, them) = (us.clone(), them.clone());
        let ends = (us.clone(), them.clone());
        let process = vm.process(move |cx| {
            publish(cx, &ends.0, &ends.1, &outwards);
            subscribe(cx, &ends.0, &ends.1, &inwards);
            boot(cx);
        })?;
        Ok(Self { process, us, them, inbound, outbound })
    }

    /// Waits until the connection is open in both directions.
    pub(crate) fn wait_until_open(&self) -> anyhow::Result<()> {
        for seen in [self.inbound.next()?, self.outbound.next()?] {
            ensure!(seen == SessionEvent::Presence, "the connection is not open: {seen:?}");
        }
        Ok(())
    }

    pub(crate) fn send(&self, bytes: impl Into<Bytes>) -> anyhow::Result<()> {
        let message = TcpChannel::bytes(&self.us, &self.them, bytes);
        self.process.run(|cx| cx.send(message))
    }

    pub(crate) fn send_eof(&self) -> anyhow::Result<()> {
        let message = TcpChannel::eof(&self.us, &self.them);
        self.process.run(|cx| cx.send(message))
    }

    /// Deletes the endpoint of one direction, `in` or `out`.
    pub(crate) fn leave(&self, endpoint: &'static str) -> anyhow::Result<()> {
        self.process.run(move |cx| cx.delete(endpoint))
    }

    pub(crate) fn quit(&self) -> anyhow::Result<()> {
        self.process.quit()
    }

    pub(crate) fn crash(&self) -> anyhow::Result<()> {
        self.process.run(|_| Err(anyhow!("crashed by the test")))
    }

    /// Waits for `count` bytes, which may arrive in several messages.
    pub(crate) fn receive(&self, count: usize) -> anyhow::Result<Vec<u8>> {
        let mut received = Vec::new();
        while received.len() < count {
            match self.inbound.next()? {
                SessionEvent::Bytes(bytes) => received.extend(bytes),
                SessionEvent::Presence => {}
                seen => return Err(anyhow!("{seen:?} after {} of {count} bytes", received.len())),
            }
        }
        Ok(received)
    }
}

impl Listening {
    /// The remote and the local end of the next connection.
    pub(crate) fn next(&self) -> anyhow::Result<(TcpAddress, TcpAddress)> {
        self.connections.next()?.context("a connection's ends must be known")
    }

    /// A session for the next connection.
    pub(crate) fn session(&self) -> anyhow::Result<Session> {
        let (them, us) = self.next()?;
        Session::spawn(self.observer.vm(), &us, &them, |_| ())
    }
}

/// Adds the endpoint `out`, which sends.
pub(crate) fn publish(
    cx: &mut Context<'_, ()>,
    us: &TcpAddress,
    them: &TcpAddress,
    reporter: &Reporter<SessionEvent>,
) {
    let (here, gone) = (reporter.clone(), reporter.clone());
    cx.publisher(TcpChannel::flow(us, them))
        .named("out")
        .on_presence(move |(), _, _| here.report(SessionEvent::Presence))
        .on_absence(move |(), _, _, reason| gone.report(SessionEvent::Absence(reason.into())));
}

/// Adds the endpoint `in`, which receives.
pub(crate) fn subscribe(
    cx: &mut Context<'_, ()>,
    us: &TcpAddress,
    them: &TcpAddress,
    reporter: &Reporter<SessionEvent>,
) {
    let (here, gone, came) = (reporter.clone(), reporter.clone(), reporter.clone());
    cx.subscriber(TcpChannel::flow(them, us))
        .named("in")
        .on_presence(move |(), _, _| here.report(SessionEvent::Presence))
        .on_absence(move |(), _, _, reason| gone.report(SessionEvent::Absence(reason.into())))
        .on_message(move |(), _, channel| {
            came.report(match &channel.subpacket {
                TcpSubPacket::Bytes(bytes) => SessionEvent::Bytes(bytes.to_vec()),
                TcpSubPacket::Eof => SessionEvent::Eof,
            });
        });
}
