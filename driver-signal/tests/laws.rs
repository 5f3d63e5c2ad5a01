//! The laws of a driver.

#![cfg(unix)]

use anyhow::ensure;
use driver_signal::{Signal, SignalError, SignalKind, signal_driver};
use marketplace_core::{Context, Role, Spawn, topic};
use marketplace_testing::laws::{Errand, Obstacle, Subject, Told, Up};
use marketplace_testing::{TestProgram, driver_laws};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// A signal that nothing else in this test uses.
const KIND: SignalKind = SignalKind::User1;

struct User1;

impl Subject for User1 {
    fn driver(&self) -> Spawn {
        signal_driver()
    }

    fn demand(&self, cx: &mut Context<'_, ()>) {
        cx.subscriber(topic!(Signal { kind: KIND })).named("signals");
    }

    fn withdraw(&self, cx: &mut Context<'_, ()>) {
        cx.delete("signals");
    }

    fn up(&self) -> Up {
        Up::WhileOpen(Role::publisher(topic!(Signal { kind: KIND })))
    }

    /// The signal handler stays installed, so there is nothing outside the program to check.
    fn is_open(&self, program: &TestProgram) -> anyhow::Result<bool> {
        Ok(program.open_sources()?.iter().any(|source| source.contains(KIND.name())))
    }

    /// Catching a signal needs file descriptors, and there are none left.
    fn obstruct(&self) -> anyhow::Result<Obstacle> {
        let guard = Box::new(NoDescriptors::put()?);
        Ok(Obstacle::Put { guard, told: Told::Message(topic!(SignalError { kind: KIND, .. }).into()) })
    }

    fn errand(&self) -> Errand {
        Errand::None("signals only come in")
    }
}

/// Prevents the process from opening further file descriptors.
struct NoDescriptors(Rlimit);

impl NoDescriptors {
    fn put() -> anyhow::Result<Self> {
        let before = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, Rlimit { current: Some(0), ..before })?;
        ensure!(std::fs::File::open("/dev/null").is_err(), "there are further descriptors");
        Ok(Self(before))
    }
}

impl Drop for NoDescriptors {
    fn drop(&mut self) {
        assert!(setrlimit(Resource::Nofile, self.0).is_ok(), "the limit may be raised again");
    }
}

driver_laws!(|| Ok(User1));
