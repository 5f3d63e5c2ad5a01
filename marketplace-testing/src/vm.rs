//! A VM in which a test creates processes.

use std::sync::Arc;

use anyhow::Context as _;
use driver_event_relay::event_relay;
use marketplace_core::{Context, EventKinds, Interest, Message, Pattern, Role, Spawn, Value, topic};

use crate::process::{Order, Prepared, TestProcess};
use crate::running::Running;
use crate::{Inbox, Reporter, Reports};

/// A VM in which a test creates processes and inboxes: the ground of a [`TestProgram`](crate::TestProgram), or a VM that is
/// nested in it ([`nested`](Self::nested)).
#[derive(Clone, Debug)]
pub struct TestVm {
    running: Arc<Running>,
    /// In a nested VM, the process that spawns the others.
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
    /// If the program or the VM has ended.
    pub fn spawn(&self, spawn: Spawn) -> anyhow::Result<()> {
        if let Some(spawner) = &self.spawner {
            return spawner.run(|cx| cx.spawn(spawn)).context("the VM has ended");
        }
        let mut handle = self.running.handle();
        let spawned = self.running.wait(async move { handle.spawn(spawn).await });
        spawned.with_context(|| self.running.report(None))?.context("the program has ended")?;
        Ok(())
    }

    /// Creates a nested VM with these processes and the event relay of driver-event-relay. It lives until the returned value is
    /// dropped.
    ///
    /// # Errors
    ///
    /// Those of [`spawn`](Self::spawn).
    pub fn nested(&self, processes: impl IntoIterator<Item = Spawn>) -> anyhow::Result<Self> {
        self.nested_behind(event_relay(Value::unique("test")), processes)
    }

    /// Like [`nested`](Self::nested), with another event relay.
    ///
    /// # Errors
    ///
    /// Those of [`spawn`](Self::spawn).
    pub fn nested_behind(
        &self,
        relay: Spawn,
        processes: impl IntoIterator<Item = Spawn>,
    ) -> anyhow::Result<Self> {
        // It keeps the VM alive, and spawns processes in it.
        let relay_orders = |cx: &mut Context<'_, ()>| {
            cx.meta().subscriber(topic!(Order { .. })).on_message(|(), cx, order| cx.send(order.clone()));
        };
        let spawner = Prepared::new(self, relay_orders).start(|spawner| {
            self.spawn(Spawn::nested([relay, spawner].into_iter().chain(processes)).named("test VM"))
        })?;
        Ok(Self { running: Arc::clone(&self.running), spawner: Some(Arc::new(spawner)) })
    }

    /// Creates a process that runs closures of the test. It runs `boot` first, and this returns when that is done.
    ///
    /// # Errors
    ///
    /// Those of [`spawn`](Self::spawn).
    pub fn process(
        &self,
        boot: impl FnOnce(&mut Context<'_, ()>) + Send + 'static,
    ) -> anyhow::Result<TestProcess> {
        Prepared::new(self, boot).start(|process| self.spawn(process))
    }

    /// An inbox of a subscriber to a topic, a participant.
    ///
    /// # Errors
    ///
    /// Those of [`spawn`](Self::spawn).
    pub fn subscriber<P: Pattern<Value: Message<Pattern = P>>>(
        &self,
        topic: P,
    ) -> anyhow::Result<Inbox<P::Value>> {
        self.watch(Role::subscriber(topic))
    }

    /// Like [`subscriber`](Self::subscriber), with the messages only, without presence and absence.
    ///
    /// # Errors
    ///
    /// Those of [`spawn`](Self::spawn).
    pub fn messages<P: Pattern<Value: Message<Pattern = P>>>(
        &self,
        topic: P,
    ) -> anyhow::Result<Inbox<P::Value>> {
        Inbox::open(Role::subscriber(topic), EventKinds::MESSAGE, self)
    }

    /// An inbox of a publisher of a topic, a participant: it receives its subscribers' presence, and their feedback.
    ///
    /// # Errors
    ///
    /// Those of [`spawn`](Self::spawn).
    pub fn publisher<P: Pattern<Value: Message<Pattern = P>>>(
        &self,
        topic: P,
    ) -> anyhow::Result<Inbox<P::Value>> {
        self.watch(Role::publisher(topic))
    }

    /// An inbox of an observer of a topic's publishers: it receives their presence, and their messages.
    ///
    /// # Errors
    ///
    /// Those of [`spawn`](Self::spawn).
    pub fn observe_publishers<P: Pattern<Value: Message<Pattern = P>>>(
        &self,
        topic: P,
    ) -> anyhow::Result<Inbox<P::Value>> {
        self.watch(Role::subscriber(topic).with_interest(Interest::Observer))
    }

    /// An inbox of an observer of a topic's subscribers: it receives their presence, and their feedback.
    ///
    /// # Errors
    ///
    /// Those of [`spawn`](Self::spawn).
    pub fn observe_subscribers<P: Pattern<Value: Message<Pattern = P>>>(
        &self,
        topic: P,
    ) -> anyhow::Result<Inbox<P::Value>> {
        self.watch(Role::publisher(topic).with_interest(Interest::Observer))
    }

    /// An inbox of an endpoint with any role, whose topic is about messages of type `M`. The endpoint exists when this returns.
    ///
    /// # Errors
    ///
    /// Those of [`spawn`](Self::spawn); or if the topic is about messages of another type.
    pub fn watch<M: Message>(&self, role: Role) -> anyhow::Result<Inbox<M>> {
        Inbox::open(role, EventKinds::PRESENCE | EventKinds::ABSENCE | EventKinds::MESSAGE, self)
    }

    /// The two ends of a channel on which processes report to the test what no [`Inbox`] shows.
    #[must_use]
    pub fn reports<T>(&self) -> (Reporter<T>, Reports<T>) {
        Reports::open(&self.running)
    }
}
