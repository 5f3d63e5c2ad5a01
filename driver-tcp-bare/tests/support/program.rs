//! A program under test.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use async_std::task;
use driver_tcp_bare::{TcpAddress, TcpBound, TcpChannel, TcpDriver, TcpError, TcpPressure};
use marketplace_core::{Context, Ground, Handle, Pattern, Spawn, topic};

use super::{Listening, Puppet, Reports, Session, Why, reports};

/// Later than any test looks.
const NO_DEADLINE: Duration = Duration::from_secs(600);

/// A ground that runs on a task of its own; dropping it ends it at once, with all its sockets.
pub(crate) struct Program {
    handle: Handle,
    outcome: Reports<anyhow::Result<()>>,
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
    pub(crate) fn start() -> Self {
        Self::with(options())
    }

    /// The same, with options.
    pub(crate) fn with(driver: TcpDriver) -> Self {
        Self::run(Ground::new().spawn(driver.spawn()))
    }

    pub(crate) fn run(ground: Ground) -> Self {
        let handle = ground.handle();
        let (reporter, outcome) = reports();
        task::spawn(async move { reporter.report(ground.run().await) });
        Self { handle, outcome }
    }

    pub(crate) fn spawn(&mut self, spawn: Spawn) -> anyhow::Result<()> {
        task::block_on(self.handle.spawn(spawn))?;
        Ok(())
    }

    pub(crate) fn puppet(
        &self,
        boot: impl FnOnce(&mut Context<'_, ()>) + Send + 'static,
    ) -> anyhow::Result<Puppet> {
        Puppet::spawn(self.handle.clone(), boot)
    }

    /// A session from `us` to `them`, which reports what it sees.
    pub(crate) fn session(&self, us: &TcpAddress, them: &TcpAddress) -> anyhow::Result<Session> {
        Session::spawn(self.handle.clone(), us, them, |_| ())
    }

    /// The same, which does something at once.
    pub(crate) fn busy_session(
        &self,
        us: &TcpAddress,
        them: &TcpAddress,
        boot: impl FnOnce(&mut Context<'_, ()>) + Send + 'static,
    ) -> anyhow::Result<Session> {
        Session::spawn(self.handle.clone(), us, them, boot)
    }

    /// Demand for `listener`, whose connections get a session only when the test asks for it.
    pub(crate) fn listening(&self, listener: &TcpAddress) -> anyhow::Result<Listening> {
        let (reporter, connections) = reports();
        let topic = topic!(TcpChannel { source: _, destination: listener, .. });
        let puppet = self.puppet(move |cx| {
            cx.observe_publishers(topic)
                .on_presence(move |(), _, peer| reporter.report(peer.conversation.ends()));
        })?;
        let address = self.bound(listener)?;
        Ok(Listening { puppet, address, connections, handle: self.handle.clone() })
    }

    /// The address to which `listener` is bound, as soon as it is.
    pub(crate) fn bound(&self, listener: &TcpAddress) -> anyhow::Result<SocketAddr> {
        let bounds = self.bounds(listener)?;
        loop {
            if let Some(address) = bounds.next()? {
                return Ok(address);
            }
        }
    }

    /// Reports the address of `listener` whenever it is bound, and nothing when it is so no longer.
    pub(crate) fn bounds(&self, listener: &TcpAddress) -> anyhow::Result<Reports<Option<SocketAddr>>> {
        let (reporter, bounds) = reports();
        let gone = reporter.clone();
        let topic = topic!(TcpBound { listener: listener, address: _ });
        self.puppet(move |cx| {
            cx.observe_publishers(topic)
                .on_presence(move |(), _, peer| reporter.report(peer.conversation.address.value()))
                .on_absence(move |(), _, _, _| gone.report(None));
        })?;
        Ok(bounds)
    }

    /// Reports what the driver tells of a connection's pressure: whether its session is to wait.
    pub(crate) fn pressure(&self, us: &TcpAddress, them: &TcpAddress) -> anyhow::Result<Reports<bool>> {
        let (reporter, pressure) = reports();
        let topic = topic!(TcpPressure { source: us, destination: them, .. });
        self.puppet(move |cx| {
            cx.publisher(topic).on_message(move |(), _, pressure| reporter.report(pressure.full));
        })?;
        Ok(pressure)
    }

    /// Reports the driver's errors: the local end, the remote one, and what went wrong.
    pub(crate) fn errors(&self) -> anyhow::Result<Reports<(TcpAddress, Option<TcpAddress>, Why)>> {
        let (reporter, errors) = reports();
        self.puppet(move |cx| {
            cx.subscriber(topic!(TcpError { .. })).on_message(move |(), _, error| {
                reporter.report((error.local.clone(), error.remote.clone(), Why::from(&error.reason)));
            });
        })?;
        Ok(errors)
    }

    /// Asks for a stop that may take its time.
    pub(crate) fn ask_to_stop(&mut self) -> anyhow::Result<()> {
        self.stop_within(NO_DEADLINE)
    }

    /// Asks for a stop at once, whatever is left.
    pub(crate) fn stop_now(&mut self) -> anyhow::Result<()> {
        self.stop_within(Duration::ZERO)
    }

    /// What `run()` has returned; an error if it does not.
    pub(crate) fn outcome(&self) -> anyhow::Result<()> {
        self.outcome.next()?
    }

    /// Asks for a stop with a deadline.
    pub(crate) fn stop_within(&mut self, time: Duration) -> anyhow::Result<()> {
        Ok(task::block_on(self.handle.stop(Instant::now() + time, task::sleep(time)))?)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.stop_now().is_ok() {
            let _outcome = self.outcome.next();
        }
    }
}
