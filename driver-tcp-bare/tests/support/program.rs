//! A program under test.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;

use anyhow::Context as _;
use driver_tcp_bare::{TcpAddress, TcpBound, TcpChannel, TcpDriver, TcpError, TcpPressure};
use marketplace_core::{Context, Ground, Pattern, Spawn, topic};
use marketplace_testing::{Inbox, ReasonKind, Reports, TestProcess, TestProgram};

use super::{Listening, Session};

/// A program; dropping it ends it at once, with all its sockets.
pub(crate) struct Program(TestProgram);

/// What the driver tells of a connection's pressure: whether its session is to wait.
pub(crate) struct Pressure {
    told: Reports<bool>,
    _publisher: TestProcess,
}

/// The TCP driver's options, on 127.0.0.1.
pub(crate) fn options() -> TcpDriver {
    TcpDriver::new().bind_address(Ipv4Addr::LOCALHOST)
}

/// The TCP driver, on 127.0.0.1.
pub(crate) fn driver() -> Spawn {
    options().spawn()
}

impl Program {
    /// A program with the driver and nothing else yet.
    pub(crate) fn start() -> anyhow::Result<Self> {
        Self::with(options())
    }

    /// The same, with options.
    pub(crate) fn with(driver: TcpDriver) -> anyhow::Result<Self> {
        Self::run(Ground::new().spawn(driver.spawn()))
    }

    /// Many of these programs move megabytes, so what happens in them is not written down.
    pub(crate) fn run(ground: Ground) -> anyhow::Result<Self> {
        Ok(Self(TestProgram::run_unrecorded(ground)?))
    }

    /// A session from `us` to `them`, which reports what it sees.
    pub(crate) fn session(&self, us: &TcpAddress, them: &TcpAddress) -> anyhow::Result<Session> {
        Session::spawn(self, us, them, |_| ())
    }

    /// The same, which does something at once.
    pub(crate) fn busy_session(
        &self,
        us: &TcpAddress,
        them: &TcpAddress,
        boot: impl FnOnce(&mut Context<'_, ()>) + Send + 'static,
    ) -> anyhow::Result<Session> {
        Session::spawn(self, us, them, boot)
    }

    /// Demand for `listener`, whose connections get a session only when the test asks for it.
    pub(crate) fn listening(&self, listener: &TcpAddress) -> anyhow::Result<Listening> {
        let (reporter, connections) = self.reports();
        let topic = topic!(TcpChannel { source: _, destination: listener, .. });
        let observer = self.process(move |cx| {
            cx.observe_publishers(topic)
                .on_presence(move |(), _, peer| reporter.report(peer.conversation.ends()));
        })?;
        Ok(Listening { observer, address: self.bound(listener)?, connections })
    }

    /// The address to which `listener` is bound, as soon as it is.
    pub(crate) fn bound(&self, listener: &TcpAddress) -> anyhow::Result<SocketAddr> {
        next_address(&mut self.bounds(listener)?)
    }

    /// Whenever `listener` is bound, and when it is so no longer.
    pub(crate) fn bounds(&self, listener: &TcpAddress) -> anyhow::Result<Inbox<TcpBound>> {
        self.observe_publishers(topic!(TcpBound { listener: listener, address: _ }))
    }

    pub(crate) fn pressure(&self, us: &TcpAddress, them: &TcpAddress) -> anyhow::Result<Pressure> {
        let (reporter, told) = self.reports();
        let topic = topic!(TcpPressure { source: us, destination: them, .. });
        let publisher = self.process(move |cx| {
            cx.publisher(topic).on_message(move |(), _, pressure| reporter.report(pressure.full));
        })?;
        Ok(Pressure { told, _publisher: publisher })
    }

    pub(crate) fn errors(&self) -> anyhow::Result<Inbox<TcpError>> {
        self.messages(topic!(TcpError { .. }))
    }
}

impl Deref for Program {
    type Target = TestProgram;

    fn deref(&self) -> &TestProgram {
        &self.0
    }
}

impl Deref for Pressure {
    type Target = Reports<bool>;

    fn deref(&self) -> &Reports<bool> {
        &self.told
    }
}

/// The next thing is that a listener is bound: its address.
pub(crate) fn next_address(bounds: &mut Inbox<TcpBound>) -> anyhow::Result<SocketAddr> {
    bounds.presence()?.address.value().context("an address that is not known")
}

/// The next error: the local end, the remote one, and what went wrong.
pub(crate) fn next_error(
    errors: &mut Inbox<TcpError>,
) -> anyhow::Result<(TcpAddress, Option<TcpAddress>, ReasonKind)> {
    let error = errors.message()?;
    Ok((error.local.clone(), error.remote.clone(), ReasonKind::from(&error.reason)))
}
