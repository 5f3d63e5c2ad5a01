//! Sessions: processes that take part in a connection, and report what they see.

use std::net::SocketAddr;

use anyhow::{Context as _, anyhow, ensure};
use bytes::Bytes;
use driver_tcp_bare::{TcpAddress, TcpChannel, TcpSubPacket};
use marketplace_core::Context;
use marketplace_testing::{Reporter, Reports, TestProcess, TestVm};

use super::Seen;

/// A process that takes part in both directions of a connection.
pub(crate) struct Session {
    pub(crate) process: TestProcess,
    pub(crate) us: TcpAddress,
    pub(crate) them: TcpAddress,
    /// What its endpoint `in` sees.
    pub(crate) inbound: Reports<Seen>,
    /// What its endpoint `out` sees.
    pub(crate) outbound: Reports<Seen>,
}

/// Demand for a listener, and what it has led to.
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

    /// Waits until the driver is there in both directions.
    pub(crate) fn is_up(&self) -> anyhow::Result<()> {
        for seen in [self.inbound.next()?, self.outbound.next()?] {
            ensure!(seen == Seen::Presence, "the connection is not up: {seen:?}");
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

    /// Leaves one direction, `in` or `out`.
    pub(crate) fn leave(&self, endpoint: &'static str) -> anyhow::Result<()> {
        self.process.run(move |cx| cx.delete(endpoint))
    }

    pub(crate) fn quit(&self) -> anyhow::Result<()> {
        self.process.quit()
    }

    pub(crate) fn crash(&self) -> anyhow::Result<()> {
        self.process.run(|_| Err(anyhow!("told to crash")))
    }

    /// Waits for so many bytes, which may come in several pieces.
    pub(crate) fn receive(&self, count: usize) -> anyhow::Result<Vec<u8>> {
        let mut received = Vec::new();
        while received.len() < count {
            match self.inbound.next()? {
                Seen::Bytes(bytes) => received.extend(bytes),
                Seen::Presence => {}
                seen => return Err(anyhow!("{seen:?} after {} of {count} bytes", received.len())),
            }
        }
        Ok(received)
    }
}

impl Listening {
    /// The ends of the next connection: theirs and ours.
    pub(crate) fn next(&self) -> anyhow::Result<(TcpAddress, TcpAddress)> {
        self.connections.next()?.context("a connection's ends must be known")
    }

    /// A session for the next connection.
    pub(crate) fn session(&self) -> anyhow::Result<Session> {
        let (them, us) = self.next()?;
        Session::spawn(self.observer.vm(), &us, &them, |_| ())
    }
}

/// Takes part by sending, as endpoint `out`.
pub(crate) fn publish(
    cx: &mut Context<'_, ()>,
    us: &TcpAddress,
    them: &TcpAddress,
    reporter: &Reporter<Seen>,
) {
    let (here, gone) = (reporter.clone(), reporter.clone());
    cx.publisher(TcpChannel::flow(us, them))
        .named("out")
        .on_presence(move |(), _, _| here.report(Seen::Presence))
        .on_absence(move |(), _, _, reason| gone.report(Seen::Absence(reason.into())));
}

/// Takes part by receiving, as endpoint `in`.
pub(crate) fn subscribe(
    cx: &mut Context<'_, ()>,
    us: &TcpAddress,
    them: &TcpAddress,
    reporter: &Reporter<Seen>,
) {
    let (here, gone, came) = (reporter.clone(), reporter.clone(), reporter.clone());
    cx.subscriber(TcpChannel::flow(them, us))
        .named("in")
        .on_presence(move |(), _, _| here.report(Seen::Presence))
        .on_absence(move |(), _, _, reason| gone.report(Seen::Absence(reason.into())))
        .on_message(move |(), _, channel| {
            came.report(match &channel.subpacket {
                TcpSubPacket::Bytes(bytes) => Seen::Bytes(bytes.to_vec()),
                TcpSubPacket::Eof => Seen::Eof,
            });
        });
}
