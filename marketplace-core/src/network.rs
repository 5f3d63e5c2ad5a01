//! What can be asked of a network: add, delete, send, spawn, quit.

use anyhow::anyhow;

use crate::context::{Context, Network};
use crate::endpoint::Endpoint;
use crate::handler_result::HandlerResult;
use crate::{
    AnyMessage, Event, Interest, Level, Message, NetworkAction, Orientation, Pattern, Pid, Reason, Role,
    Spawn, Token, Value,
};

impl<S: 'static> Network<'_, S> {
    /// Takes part in conversations on `topic` by sending its messages.
    pub fn publisher<P>(&mut self, topic: P) -> Endpoint<'_, S, P>
    where
        P: Pattern<Value: Message<Pattern = P>>,
    {
        self.add(Role::publisher(topic))
    }

    /// Takes part in conversations on `topic` by receiving its messages.
    pub fn subscriber<P>(&mut self, topic: P) -> Endpoint<'_, S, P>
    where
        P: Pattern<Value: Message<Pattern = P>>,
    {
        self.add(Role::subscriber(topic))
    }

    /// Watches the publishers of `topic`, unseen by them.
    pub fn observe_publishers<P>(&mut self, topic: P) -> Endpoint<'_, S, P>
    where
        P: Pattern<Value: Message<Pattern = P>>,
    {
        self.add(Role::subscriber(topic).with_interest(Interest::Observer))
    }

    /// Watches the subscribers of `topic`, unseen by them.
    pub fn observe_subscribers<P>(&mut self, topic: P) -> Endpoint<'_, S, P>
    where
        P: Pattern<Value: Message<Pattern = P>>,
    {
        self.add(Role::publisher(topic).with_interest(Interest::Observer))
    }

    /// Watches the publishers of `topic` and all who merely watch as publishers.
    pub fn observe_publishers_everything<P>(&mut self, topic: P) -> Endpoint<'_, S, P>
    where
        P: Pattern<Value: Message<Pattern = P>>,
    {
        self.add(Role::subscriber(topic).with_interest(Interest::Everything))
    }

    /// Watches the subscribers of `topic` and all who merely watch as subscribers.
    pub fn observe_subscribers_everything<P>(&mut self, topic: P) -> Endpoint<'_, S, P>
    where
        P: Pattern<Value: Message<Pattern = P>>,
    {
        self.add(Role::publisher(topic).with_interest(Interest::Everything))
    }

    fn add<P>(&mut self, role: Role) -> Endpoint<'_, S, P> {
        Endpoint::add(self.level, role, self.actions, self.closures)
    }

    /// Deletes the endpoint of that name, in the normal course of things.
    pub fn delete(&mut self, name: impl Into<Value>) {
        self.delete_because(name, Reason::normal());
    }

    /// Deletes the endpoint of that name for a reason, of which its peers are told.
    pub fn delete_because(&mut self, name: impl Into<Value>, reason: impl Into<Reason>) {
        self.push(NetworkAction::Delete { name: name.into(), reason: reason.into() });
    }

    /// Sends a message to the subscribers. One that no participant takes is dropped: counted by
    /// [`VirtualMachine::dropped`](crate::VirtualMachine::dropped), and logged. The first of its type is a warning, unless
    /// the type is marked [lossy](crate::Message::IS_LOSSY); [`explain`](crate::Context::explain) says why it is.
    pub fn send<M: Message>(&mut self, message: M) {
        self.send_as(Orientation::Publisher, AnyMessage::new(message));
    }

    /// Sends a message the other way: to those who publish a topic that matches *this message*. Whoever is
    /// to hear an answer of another type publishes that type's topic too.
    ///
    /// # Examples
    ///
    /// ```
    /// # use marketplace_core::{Ground, Message, Spawn, topic};
    /// # #[derive(Debug, Message)]
    /// # struct Question(u32);
    /// # #[derive(Debug, Message)]
    /// # struct Answer(u32);
    /// # fn main() -> anyhow::Result<()> {
    /// let oracle = Spawn::new((), |(), cx| {
    ///     cx.subscriber(topic!(Question(_)))
    ///         .on_message(|(), cx, question| cx.send_feedback(Answer(question.0 + 1)));
    /// });
    /// let asker = Spawn::new((), |(), cx| {
    ///     // A publisher of `Question` alone would hear no answer.
    ///     cx.publisher(topic!(Answer(_))).on_message(|(), _, answer| println!("{answer:?}"));
    ///     cx.publisher(topic!(Question(_))).on_presence(|(), cx, _oracle| cx.send(Question(41)));
    /// });
    /// futures::executor::block_on(Ground::new().spawn(oracle).spawn(asker).run())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn send_feedback<M: Message>(&mut self, message: M) {
        self.send_as(Orientation::Subscriber, AnyMessage::new(message));
    }

    /// Creates a process.
    pub fn spawn(&mut self, spawn: Spawn) {
        self.push(NetworkAction::Spawn { spawn, token: None, monitor: None });
    }

    /// Creates a process and goes on with its Pid.
    pub fn spawn_then<R: HandlerResult>(
        &mut self,
        spawn: Spawn,
        then: impl FnOnce(&mut S, &mut Context<'_, S>, Pid) -> R + Send + 'static,
    ) {
        let token = self.on_spawned(then);
        self.push(NetworkAction::Spawn { spawn, token: Some(token), monitor: None });
    }

    /// Creates a process, goes on with its Pid, and again when the process has gone: what Erlang's users know as a
    /// *monitor*.
    ///
    /// By then its endpoints are gone too. The reason is normal also where the process was collected. A process
    /// is not collected while it waits for an end; if it goes itself, those it monitors stay.
    ///
    /// # Examples
    ///
    /// ```
    /// use marketplace_core::{Ground, Spawn};
    ///
    /// # fn main() -> anyhow::Result<()> {
    /// let parent = Spawn::new((), |(), cx| {
    ///     let faulty = Spawn::new((), |(), _| anyhow::bail!("broken"));
    ///     cx.spawn_monitored(faulty, |(), _, _pid| {}, |(), cx, _pid, reason| {
    ///         assert_eq!(reason.to_string(), "broken");
    ///         cx.quit();
    ///     });
    /// });
    /// futures::executor::block_on(Ground::new().main(parent).run())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn spawn_monitored<R: HandlerResult, E: HandlerResult>(
        &mut self,
        spawn: Spawn,
        then: impl FnOnce(&mut S, &mut Context<'_, S>, Pid) -> R + Send + 'static,
        ended: impl FnOnce(&mut S, &mut Context<'_, S>, Pid, Reason) -> E + Send + 'static,
    ) {
        let token = self.on_spawned(then);
        let monitor = self.closures.continuation(Box::new(|state, cx, event| match event {
            Event::Ended { pid, reason, .. } => ended(state, cx, pid, reason).into_result(),
            event => Err(anyhow!("not the end of a process: {event:?}")),
        }));
        self.push(NetworkAction::Spawn { spawn, token: Some(token), monitor: Some(monitor) });
    }

    fn on_spawned<R: HandlerResult>(
        &mut self,
        then: impl FnOnce(&mut S, &mut Context<'_, S>, Pid) -> R + Send + 'static,
    ) -> Token {
        self.closures.continuation(Box::new(|state, cx, event| match event {
            Event::Spawned { pid, .. } => then(state, cx, pid).into_result(),
            event => Err(anyhow!("not the result of a spawn: {event:?}")),
        }))
    }

    /// Ends the process, or at the meta level the VM around it, in the normal course of things.
    pub fn quit(&mut self) {
        self.quit_because(Reason::normal());
    }

    /// Ends the process, or at the meta level the VM around it, for a reason, of which its peers are told.
    pub fn quit_because(&mut self, reason: impl Into<Reason>) {
        self.push(NetworkAction::Quit { pid: None, reason: reason.into() });
    }

    /// Ends another process of this network for a reason, of which its peers are told. An unknown Pid is
    /// ignored.
    pub fn kill(&mut self, pid: &Pid, reason: impl Into<Reason>) {
        self.push(NetworkAction::Quit { pid: Some(pid.clone()), reason: reason.into() });
    }

    #[inline]
    fn send_as(&mut self, orientation: Orientation, message: AnyMessage) {
        match self.level {
            Level::Local => self.actions.send(orientation, message),
            Level::Meta => self.push(NetworkAction::Send { orientation, message }),
        }
    }

    fn push(&mut self, action: NetworkAction) {
        self.actions.push(self.level.action(action));
    }
}
