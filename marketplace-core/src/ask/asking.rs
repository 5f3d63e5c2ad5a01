//! The asker's side: an endpoint that is there until the ask is over.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::AbortHandle;

use super::error::AskError;
use super::gathering::{All, First, Gathering};
use super::question::Question;
use super::request::{AskId, Request};
use crate::context::{Context, Network};
use crate::handler_result::HandlerResult;
use crate::panic::guarded_drop;
use crate::{AnyMessage, EndpointId, Event, EventKinds, Level, Reason, Value, topic};

/// A question to be asked, once it is said what becomes of the answer; made by [`Network::ask`].
#[must_use = "a question is asked by `then` or `all`"]
pub struct Ask<'a, S, Q> {
    network: Network<'a, S>,
    question: Arc<Q>,
    within: Option<Duration>,
}

impl<S: 'static> Network<'_, S> {
    /// Asks a question of those who answer such questions; see [`on_question`](Self::on_question).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use marketplace_core::{AskError, Context, Message, Question};
    ///
    /// #[derive(Debug, Message)]
    /// struct Get {
    ///     key: String,
    /// }
    ///
    /// impl Question for Get {
    ///     type Answer = Option<String>;
    /// }
    ///
    /// fn look_up(cx: &mut Context<'_, ()>, key: String) {
    ///     cx.ask(Get { key }).within(Duration::from_secs(1)).then(|(), _, answer| match answer {
    ///         Ok(Some(value)) => println!("it is {value}"),
    ///         Ok(None) => println!("there is none"),
    ///         Err(AskError::NoAnswerer { .. }) => println!("there is no store"),
    ///         Err(AskError::Left { reason, .. }) => println!("the store has left: {reason}"),
    ///         Err(error) => println!("{error}"),
    ///     });
    /// }
    /// ```
    pub fn ask<Q: Question>(&mut self, question: Q) -> Ask<'_, S, Q> {
        self.ask_shared(Arc::new(question))
    }

    pub(super) fn ask_shared<Q: Question>(&mut self, question: Arc<Q>) -> Ask<'_, S, Q> {
        let Network { level, actions, closures } = self;
        Ask { network: Network { level: *level, actions, closures }, question, within: None }
    }
}

impl<S: 'static, Q: Question> Ask<'_, S, Q> {
    /// Gives up on those who have not answered after so much time.
    ///
    /// The ground needs a way to wait. Without one the process fails, as with [`Context::sleep_then`], unless the ask has
    /// ended at once.
    pub fn within(self, duration: Duration) -> Self {
        Self { within: Some(duration), ..self }
    }

    /// Asks, and calls `then` with the first answer. If nobody gives one, `then` gets the error of the answerer that was
    /// waited for last.
    ///
    /// The question goes to those who are there when the ask is performed. `then` runs once, unless the process leaves
    /// before. This returns the name of the endpoint that asks, which is there for as long as the ask. To delete the
    /// endpoint, at its level, ends the ask: `then` is called as if the answerers had left.
    pub fn then<R: HandlerResult>(
        self,
        then: impl FnOnce(&mut S, &mut Context<'_, S>, Result<Q::Answer, AskError>) -> R + Send + 'static,
    ) -> Value {
        let nobody = AskError::no_answerer::<Q>();
        self.begin(First::new(nobody), Box::new(|state, cx, answer| then(state, cx, answer).into_result()))
    }

    /// Asks all who are there when the ask is performed, and calls `then` once each has answered, or can do so no more.
    /// It gets an answer or an error of each, in the order in which they came to be there; nothing, if nobody is there.
    ///
    /// Otherwise as [`then`](Self::then).
    pub fn all<R: HandlerResult>(
        self,
        then: impl FnOnce(&mut S, &mut Context<'_, S>, Vec<Result<Q::Answer, AskError>>) -> R + Send + 'static,
    ) -> Value {
        self.begin(All::new(), Box::new(|state, cx, answers| then(state, cx, answers).into_result()))
    }

    fn begin<G: Gathering<Q::Answer>>(self, gathering: G, then: Then<S, G::Outcome>) -> Value {
        let Self { mut network, question, within } = self;
        let asked = Request::new(question, AskId::new(network.closures.number()));
        let level = network.level;
        let endpoint = network.publisher(topic!(asked));
        let name = endpoint.name();
        let open = Mutex::new(Some(Open { is_settled: false, gathering, then, clock: None }));
        let asking = Arc::new(Asking { level, name: name.clone(), asked, within, open });
        endpoint.on(EventKinds::ALL, move |state, cx, event| asking.handle(state, cx, event));
        name
    }
}

impl<S, Q: fmt::Debug> fmt::Debug for Ask<'_, S, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { question, within, .. } = self;
        f.debug_struct("Ask").field("question", question).field("within", within).finish_non_exhaustive()
    }
}

/// What is done with the outcome of an ask.
type Then<S, O> = Box<dyn FnOnce(&mut S, &mut Context<'_, S>, O) -> anyhow::Result<()> + Send>;

/// An ask, as its endpoint and its clock share it.
struct Asking<S, Q: Question, G: Gathering<Q::Answer>> {
    level: Level,
    /// The endpoint's.
    name: Value,
    asked: Request<Q>,
    within: Option<Duration>,
    /// Nothing once the ask is over.
    open: Mutex<Option<Open<S, G, G::Outcome>>>,
}

/// What there is of an ask until it is over.
struct Open<S, G, O> {
    /// Whether it is known who is there to be asked.
    is_settled: bool,
    gathering: G,
    then: Then<S, O>,
    clock: Option<AbortHandle>,
}

impl<S, Q, G> Asking<S, Q, G>
where
    S: 'static,
    Q: Question,
    G: Gathering<Q::Answer>,
{
    /// Takes an event of the endpoint.
    fn handle(
        self: &Arc<Self>,
        state: &mut S,
        cx: &mut Context<'_, S>,
        event: &Event<'_>,
    ) -> anyhow::Result<()> {
        match event {
            Event::Presence { peer, .. } => self.change(|open| {
                if !open.is_settled {
                    open.gathering.expect(*peer);
                }
            }),
            Event::Settled { .. } => self.settle(cx),
            Event::Absence { peer, reason, .. } => self.on_absence(*peer, reason),
            Event::Message { message, .. } => self.on_answer(message),
            _ => {}
        }
        self.finish_if_over(state, cx)
    }

    /// Asks those who are there, if there is anybody.
    fn settle(self: &Arc<Self>, cx: &mut Context<'_, S>) {
        let mut is_nobody = true;
        self.change(|open| {
            open.is_settled = true;
            is_nobody = open.gathering.is_over();
        });
        if is_nobody {
            return;
        }
        cx.at(self.level).send(self.asked.again());
        if let Some(within) = self.within {
            let asking = Arc::clone(self);
            let clock = cx.sleep_then(within, move |state, cx| {
                asking.change(|open| open.gathering.give_up(AskError::timed_out::<Q>(within)));
                asking.finish_if_over(state, cx)
            });
            self.change(|open| open.clock = Some(clock));
        }
    }

    /// Whoever has answered and then leaves in the normal course of things has answered.
    fn on_absence(&self, answerer: EndpointId, reason: &Reason) {
        let said = self.asked.exchange.take(answerer).filter(|_| reason.as_error().is_none());
        self.record(answerer, said.unwrap_or_else(|| Err(AskError::left::<Q>(reason))));
    }

    fn on_answer(&self, message: &AnyMessage) {
        if let Some(answerer) = message.downcast_ref::<Request<Q>>().and_then(|asked| asked.from)
            && let Some(said) = self.asked.exchange.take(answerer)
        {
            self.record(answerer, said);
        }
    }

    fn record(&self, answerer: EndpointId, said: Result<Q::Answer, AskError>) {
        self.change(|open| open.gathering.record(answerer, said));
    }

    fn finish_if_over(&self, state: &mut S, cx: &mut Context<'_, S>) -> anyhow::Result<()> {
        let open = self.lock().take_if(|open| open.is_settled && open.gathering.is_over());
        let Some(Open { gathering, then, clock, .. }) = open else { return Ok(()) };
        if let Some(clock) = clock {
            clock.abort();
        }
        cx.at(self.level).delete(self.name.clone());
        then(state, cx, gathering.into_outcome())
    }

    fn change(&self, change: impl FnOnce(&mut Open<S, G, G::Outcome>)) {
        if let Some(open) = &mut *self.lock() {
            change(open);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open<S, G, G::Outcome>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S, Q: Question, G: Gathering<Q::Answer>> Drop for Asking<S, Q, G> {
    fn drop(&mut self) {
        let open = self.open.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        // One by one: two panics at once would be the end of everything.
        if let Some(Open { gathering, then, .. }) = open {
            guarded_drop(gathering, "the answers to a question");
            guarded_drop(then, "a continuation");
        }
    }
}
