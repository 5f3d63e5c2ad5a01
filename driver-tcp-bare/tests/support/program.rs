//! A program under test.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;

use anyhow::Context as _;
use driver_tcp_bare::{TcpAddress, TcpBound, TcpChannel, TcpDriver, TcpError, TcpPressure};
use marketplace_core::{Context, Ground, Pattern, Spawn, topic};
use marketplace_testing::{Inbox, ReasonKind, Reports, TestProcess, TestProgram};

use super::{Listening, Session};

/// A running program. When this is dropped, the program ends at once, with all its sockets.
pub(crate) struct Program(TestProgram);

/// The values of `full` that the driver sends for a connection.
pub(crate) struct Pressure {
    received: Reports<bool>,
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
    /// A program with the driver only.
    pub(crate) fn start() -> anyhow::Result<Self> {
        Self::with(options())
    }

    /// The same, with options.
    pub(crate) fn with(driver: TcpDriver) -> anyhow::Result<Self> {
        Self::run(Ground::new().spawn(driver.spawn()))
    }

    /// Unrecorded, because many of these programs transfer megabytes.
    pub(crate) fn run(ground: Ground) -> anyhow::Result<Self> {
        Ok(Self(TestProgram::run_unrecorded(ground)?))
    }

    /// A session from `us` to `them`, which reports what it sees.
    pub(crate) fn session(&self, us: &TcpAddress, them: &TcpAddress) -> anyhow::Result<Session> {
        Session::spawn(self, us, them, |_| ())
    }

    /// The same, with something to do in its first turn.
    pub(crate) fn busy_session(
        &self,
        us: &TcpAddress,
        them: &TcpAddress,
        boot: impl FnOnce(&mut Context<'_, ()>) + Send + 'static,
    ) -> anyhow::Result<Session> {
        Session::spawn(self, us, them, boot)
    }

    /// Demand for `listener`. Its connections get a session only when the test starts one.
    pub(crate) fn listening(&self, listener: &TcpAddress) -> anyhow::Result<Listening> {
        let (reporter, connections) = self.reports();
        let topic = topic!(TcpChannel { source: _, destination: listener, .. });
        let observer = self.process(move |cx| {
            cx.observe_publishers(topic)
                .on_presence(move |(), _, peer| reporter.report(peer.conversation.ends()));
        })?;
        Ok(Listening { observer, address: self.bound(listener)?, connections })
    }

    /// Waits until `listener` is bound, and returns its address.
    pub(crate) fn bound(&self, listener: &TcpAddress) -> anyhow::Result<SocketAddr> {
        next_address(&mut self.bounds(listener)?)
    }

    /// The presences and absences of `TcpBound` for `listener`.
    pub(crate) fn bounds(&self, listener: &TcpAddress) -> anyhow::Result<Inbox<TcpBound>> {
        self.observe_publishers(topic!(TcpBound { listener: listener, address: _ }))
    }

    pub(crate) fn pressure(&self, us: &TcpAddress, them: &TcpAddress) -> anyhow::Result<Pressure> {
        let (reporter, received) = self.reports();
        let topic = topic!(TcpPressure { source: us, destination: them, .. });
        let publisher = self.process(move |cx| {
            cx.publisher(topic).on_message(move |(), _, pressure| reporter.report(pressure.full));
        })?;
        Ok(Pressure { received, _publisher: publisher })
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
        &self.received
    }
}

/// Waits for the next bound listener, and returns its address.
pub(crate) fn next_address(bounds: &mut Inbox<TcpBound>) -> anyhow::Result<SocketAddr> {
    bounds.presence()?.address.value().context("the address must be known")
}

/// The next error: the local end, the remote end, and what failed.
pub(crate) fn next_error(
    errors: &mut Inbox<TcpError>,
) -> anyhow::Result<(TcpAddress, Option<TcpAddress>, ReasonKind)> {
    let error = errors.message()?;
    Ok((error.local.clone(), error.remote.clone(), ReasonKind::from(&error.reason)))
}
