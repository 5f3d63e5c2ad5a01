//! A VM into which a test puts processes.

use std::sync::Arc;

use anyhow::Context as _;
use driver_event_relay::event_relay;
use marketplace_core::{Context, EventKinds, Interest, Message, Pattern, Role, Spawn, Value, topic};

use crate::process::{Order, Prepared, TestProcess};
use crate::running::Running;
use crate::{Inbox, Reporter, Reports};

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
            return spawner.run(|cx| cx.spawn(spawn)).context("the VM has gone");
        }
        let mut handle = self.running.handle();
        let spawned = self.running.wait(async move { handle.spawn(spawn).await });
        spawned.with_context(|| self.running.report(None))?.context("the program has ended")?;
        Ok(())
    }

    /// Creates a VM in this one, with these processes and an event relay, driver-event-relay's. It stays while this is kept.
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
        // It keeps the VM, and brings orders in.
        let relay_orders = |cx: &mut Context<'_, ()>| {
            cx.meta().subscriber(topic!(Order { .. })).on_message(|(), cx, order| cx.send(order.clone()));
        };
        let spawner = Prepared::new(self, relay_orders).start(|spawner| {
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

    /// The same without presence and absence: the messages alone.
    ///
    /// # Errors
    ///
    /// As of [`spawn`](Self::spawn).
    pub fn messages<P: Pattern<Value: Message<Pattern = P>>>(
        &self,
        topic: P,
    ) -> anyhow::Result<Inbox<P::Value>> {
        Inbox::open(Role::subscriber(topic), EventKinds::MESSAGE, self)
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
        Inbox::open(role, EventKinds::PRESENCE | EventKinds::ABSENCE | EventKinds::MESSAGE, self)
    }

    /// The two ends of a channel by which processes report to the test what no [`Inbox`] shows.
    #[must_use]
    pub fn reports<T>(&self) -> (Reporter<T>, Reports<T>) {
        Reports::open(&self.running)
    }
}
