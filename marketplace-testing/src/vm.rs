//! A VM into which a test puts processes.

use std::sync::Arc;

use anyhow::Context as _;
use driver_event_relay::event_relay;
use marketplace_core::{Context, Interest, Message, Pattern, Role, Spawn, Stopping, Value, topic};

use crate::Inbox;
use crate::process::{Prepared, TestProcess};
use crate::running::Running;

/// A VM into which a test puts processes: the ground of a [`TestProgram`](crate::TestProgram), or a nested one.
#[derive(Clone, Debug)]
pub struct TestVm {
    running: Arc<Running>,
    /// In a nested VM, the process that spawns others.
    spawner: Option<Arc<TestProcess>>,
}

impl TestVm {
    pub(crate) fn ground(running: Running) -> Self {
        Self { running: Arc::new(running), spawner: None }
    }

    pub(crate) const fn running(&self) -> &Arc<Running> {
        &self.running
    }

    /// Creates a process.
    ///
    /// # Errors
    ///
    /// If the program has ended, or the VM has gone.
    pub fn spawn(&self, spawn: Spawn) -> anyhow::Result<()> {
        if let Some(spawner) = &self.spawner {
            return spawner.tell(|cx| cx.spawn(spawn)).context("the VM has gone");
        }
        let mut handle = self.running.handle();
        let spawned = self.running.wait(async move { handle.spawn(spawn).await });
        spawned.with_context(|| self.running.report(None))?.context("the program has ended")?;
        Ok(())
    }

    /// Creates a VM in this one, with these processes and an event relay, driver-event-relay's. It stays while this is kept,
    /// until the program stops.
    ///
    /// # Errors
    ///
    /// As of [`spawn`](Self::spawn).
    pub fn nested(&self, processes: impl IntoIterator<Item = Spawn>) -> anyhow::Result<Self> {
        self.nested_behind(event_relay(Value::unique("test")), processes)
    }

    /// The same behind another event relay.
    ///
    /// # Errors
    ///
    /// As of [`spawn`](Self::spawn).
    pub fn nested_behind(
        &self,
        relay: Spawn,
        processes: impl IntoIterator<Item = Spawn>,
    ) -> anyhow::Result<Self> {
        // It keeps the VM, and is not to keep a program that stops.
        let quit_on_stop = |cx: &mut Context<'_, ()>| {
            cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| cx.quit());
        };
        let spawner = Prepared::new(self, quit_on_stop).start(|spawner| {
            self.spawn(Spawn::nested([relay, spawner].into_iter().chain(processes)).named("test VM"))
        })?;
        Ok(Self { running: Arc::clone(&self.running), spawner: Some(Arc::new(spawner)) })
    }

    /// Creates a process that does what its test tells it, and first of all `boot`; returns once it has.
    ///
    /// # Errors
    ///
    /// As of [`spawn`](Self::spawn).
    pub fn process(
        &self,
        boot: impl FnOnce(&mut Context<'_, ()>) + Send + 'static,
    ) -> anyhow::Result<TestProcess> {
        Prepared::new(self, boot).start(|process| self.spawn(process))
    }

    /// What a participant that subscribes to a topic sees.
    ///
    /// # Errors
    ///
    /// As of [`spawn`](Self::spawn).
    pub fn subscriber<P: Pattern<Value: Message<Pattern = P>>>(
        &self,
        topic: P,
    ) -> anyhow::Result<Inbox<P::Value>> {
        self.watch(Role::subscriber(topic))
    }

    /// What a participant that publishes a topic sees: its subscribers, and their feedback.
    ///
    /// # Errors
    ///
    /// As of [`spawn`](Self::spawn).
    pub fn publisher<P: Pattern<Value: Message<Pattern = P>>>(
        &self,
        topic: P,
    ) -> anyhow::Result<Inbox<P::Value>> {
        self.watch(Role::publisher(topic))
    }

    /// What an observer of a topic's publishers sees: them, and their messages.
    ///
    /// # Errors
    ///
    /// As of [`spawn`](Self::spawn).
    pub fn observe_publishers<P: Pattern<Value: Message<Pattern = P>>>(
        &self,
        topic: P,
    ) -> anyhow::Result<Inbox<P::Value>> {
        self.watch(Role::subscriber(topic).with_interest(Interest::Observer))
    }

    /// What an observer of a topic's subscribers sees: them, and their feedback.
    ///
    /// # Errors
    ///
    /// As of [`spawn`](Self::spawn).
    pub fn observe_subscribers<P: Pattern<Value: Message<Pattern = P>>>(
        &self,
        topic: P,
    ) -> anyhow::Result<Inbox<P::Value>> {
        self.watch(Role::publisher(topic).with_interest(Interest::Observer))
    }

    /// What an endpoint of a role, whose topic is of `M`s, sees; it is there once this returns.
    ///
    /// # Errors
    ///
    /// As of [`spawn`](Self::spawn); or the topic is of other messages.
    pub fn watch<M: Message>(&self, role: Role) -> anyhow::Result<Inbox<M>> {
        Inbox::open(role, self)
    }
}
