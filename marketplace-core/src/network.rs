//! The actions in a network: add, delete, send, spawn, quit.

use anyhow::anyhow;

use crate::context::{Context, Network};
use crate::endpoint::Endpoint;
use crate::handler_result::HandlerResult;
use crate::{
    AnyMessage, Event, Interest, Level, Message, NetworkAction, Orientation, Pattern, Pid, Reason, Role,
    Spawn, Token, Value,
};

impl<S: 'static> Network<'_, S> {
    /// Adds a publisher: it takes part in conversations on `topic` by sending its messages.
    ///
    /// # Examples
    ///
    /// ```
    /// use marketplace_core::{Message, Spawn, topic};
    ///
    /// #[derive(Debug, Message)]
    /// struct Said(String);
    ///
    /// let speaker = Spawn::new((), |(), cx| {
    ///     cx.publisher(topic!(Said(_))).on_presence(|(), cx, _listener| cx.send(Said("hello".into())));
    /// });
    /// ```
    pub fn publisher<P>(&mut self, topic: P) -> Endpoint<'_, S, P>
    where
        P: Pattern<Value: Message<Pattern = P>>,
    {
        self.add(Role::publisher(topic))
    }

    /// Adds a subscriber: it takes part in conversations on `topic` by receiving its messages.
    ///
    /// # Examples
    ///
    /// ```
    /// use marketplace_core::{Message, Spawn, topic};
    ///
    /// #[derive(Debug, Message)]
    /// struct Said(String);
    ///
    /// let listener = Spawn::new((), |(), cx| {
    ///     cx.subscriber(topic!(Said(_))).on_message(|(), _, said| println!("{}", said.0));
    /// });
    /// ```
    pub fn subscriber<P>(&mut self, topic: P) -> Endpoint<'_, S, P>
    where
        P: Pattern<Value: Message<Pattern = P>>,
    {
        self.add(Role::subscriber(topic))
    }

    /// Adds an observer of the publishers of `topic`. They do not see it.
    ///
    /// It also receives the messages of the topic, if it has a handler for them, but a message that only observers
    /// receive counts as dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use marketplace_core::{Message, Spawn, topic};
    ///
    /// #[derive(Debug, Message)]
    /// struct Said(String);
    ///
    /// let watcher = Spawn::new((), |(), cx| {
    ///     cx.observe_publishers(topic!(Said(_)))
    ///         .on_presence(|(), _, speaker| println!("publisher {:?} was added", speaker.id))
    ///         .on_absence(|(), _, speaker, reason| println!("publisher {:?} has left: {reason}", speaker.id));
    /// });
    /// ```
    pub fn observe_publishers<P>(&mut self, topic: P) -> Endpoint<'_, S, P>
    where
        P: Pattern<Value: Message<Pattern = P>>,
    {
        self.add(Role::subscriber(topic).with_interest(Interest::Observer))
    }

    /// Adds an observer of the subscribers of `topic`. They do not see it.
    ///
    /// It also receives feedback on the topic, if it has a handler for messages. Feedback that only observers receive
    /// counts as dropped.
    pub fn observe_subscribers<P>(&mut self, topic: P) -> Endpoint<'_, S, P>
    where
        P: Pattern<Value: Message<Pattern = P>>,
    {
        self.add(Role::publisher(topic).with_interest(Interest::Observer))
    }

    /// Adds an observer of the publishers of `topic` and of all observers with the orientation of publishers.
    pub fn observe_publishers_everything<P>(&mut self, topic: P) -> Endpoint<'_, S, P>
    where
        P: Pattern<Value: Message<Pattern = P>>,
    {
        self.add(Role::subscriber(topic).with_interest(Interest::Everything))
    }

    /// Adds an observer of the subscribers of `topic` and of all observers with the orientation of subscribers. A
    /// driver that serves both real and watching subscribers uses it, for example.
    pub fn observe_subscribers_everything<P>(&mut self, topic: P) -> Endpoint<'_, S, P>
    where
        P: Pattern<Value: Message<Pattern = P>>,
    {
        self.add(Role::publisher(topic).with_interest(Interest::Everything))
    }

    fn add<P>(&mut self, role: Role) -> Endpoint<'_, S, P> {
        Endpoint::add(self.level, role, self.actions, self.closures)
    }

    /// Deletes the endpoint with this name, normally.
    ///
    /// # Examples
    ///
    /// ```
    /// use marketplace_core::{Message, Spawn, topic};
    ///
    /// #[derive(Debug, Message)]
    /// struct Word(String);
    ///
    /// // Receives one word only.
    /// let listener = Spawn::new((), |(), cx| {
    ///     cx.subscriber(topic!(Word(_))).named("words").on_message(|(), cx, _word| cx.delete("words"));
    /// });
    /// ```
    pub fn delete(&mut self, name: impl Into<Value>) {
        self.delete_because(name, Reason::normal());
    }

    /// Deletes the endpoint with this name, for a reason that its peers get.
    pub fn delete_because(&mut self, name: impl Into<Value>, reason: impl Into<Reason>) {
        self.push(NetworkAction::Delete { name: name.into(), reason: reason.into() });
    }

    /// Sends a message to all subscribers whose topics match it, those of this process included.
    ///
    /// Sending needs no endpoint. A [`publisher`](Self::publisher) is for presence, so that subscribers see this
    /// process and it sees them, and for feedback.
    ///
    /// If no participant receives it, the message is dropped. It is counted in
    /// [`Counters::dropped`](crate::Counters::dropped) and logged. The first dropped message of each type is logged
    /// as a warning, unless the type is marked [lossy](crate::Message::IS_LOSSY).
    /// [`explain`](crate::Context::explain) says why it was dropped.
    pub fn send<M: Message>(&mut self, message: M) {
        self.send_as(Orientation::Publisher, AnyMessage::new(message));
    }

    /// Sends a message in the opposite direction: to all publishers of a topic that matches *this message*. If the
    /// feedback has a type of its own, a process that is to receive it must be a publisher of that type.
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
    ///     // A publisher of `Question` alone would not receive the answer.
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

    /// Creates a process, and calls `then` with its Pid.
    pub fn spawn_then<R: HandlerResult>(
        &mut self,
        spawn: Spawn,
        then: impl FnOnce(&mut S, &mut Context<'_, S>, Pid) -> R + Send + 'static,
    ) {
        let token = self.on_spawned(then);
        self.push(NetworkAction::Spawn { spawn, token: Some(token), monitor: None });
    }

    /// Creates a process, calls `then` with its Pid, and calls `ended` when it has ended. Erlang calls this a
    /// *monitor*.
    ///
    /// When `ended` is called, the endpoints of the process are gone. The reason is normal if the process was
    /// collected. The process that monitors is not collected before that. If it ends itself, the monitored processes
    /// stay.
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

    /// Ends the process, normally. At the meta level it ends the VM that contains the process.
    pub fn quit(&mut self) {
        self.quit_because(Reason::normal());
    }

    /// Ends the process, for a reason that its peers get. At the meta level it ends the VM that contains the process.
    pub fn quit_because(&mut self, reason: impl Into<Reason>) {
        self.push(NetworkAction::Quit { pid: None, reason: reason.into() });
    }

    /// Ends another process of this network, for a reason that its peers get. A Pid that the network does not know is
    /// ignored.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use marketplace_core::{Ground, Spawn};
    ///
    /// # fn main() -> anyhow::Result<()> {
    /// let parent = Spawn::new((), |(), cx| {
    ///     let slow = Spawn::new((), |(), cx| cx.perform(std::future::pending(), |(), _, ()| ()));
    ///     cx.spawn_then(slow, |(), cx, pid| {
    ///         cx.sleep_then(Duration::from_millis(10), move |(), cx| cx.kill(&pid, anyhow::anyhow!("too slow")));
    ///     });
    /// });
    /// let program = Ground::new().with_sleep(futures_timer::Delay::new).spawn(parent);
    /// futures::executor::block_on(program.run())?;
    /// # Ok(())
    /// # }
    /// ```
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
