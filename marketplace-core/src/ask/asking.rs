//! The asker's side: an endpoint that exists until the question has a result.

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

/// A question that is about to be asked, made by [`Network::ask`]. Call [`then`](Self::then) or [`all`](Self::all) to
/// ask it and to say what happens with the result.
#[must_use = "the question is asked only when `then` or `all` is called"]
pub struct Ask<'a, S, Q> {
    network: Network<'a, S>,
    question: Arc<Q>,
    within: Option<Duration>,
}

impl<S: 'static> Network<'_, S> {
    /// Asks a question. The processes that answer it are those with [`on_question`](Self::on_question) for it.
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
    /// Sets a time-out: answerers that have not answered after `duration` are waited for no longer.
    ///
    /// The ground needs a [way to wait](crate::Ground::with_sleep). Without one the process fails, as with
    /// [`Context::sleep_then`], unless the question has its result at once.
    pub fn within(self, duration: Duration) -> Self {
        Self { within: Some(duration), ..self }
    }

    /// Asks, and calls `then` with the first answer. If no answerer answers, `then` gets the error of the answerer
    /// whose result came last, or [`AskError::NoAnswerer`] if there is no answerer.
    ///
    /// The question goes to the answerers that exist when the action is performed. `then` is called once, unless the
    /// process leaves before that.
    ///
    /// The method returns the name of the endpoint that asks. The endpoint exists as long as the question has no
    /// result. If you delete it, at the level at which you asked, the question ends: `then` is called as if the
    /// answerers had left.
    pub fn then<R: HandlerResult>(
        self,
        then: impl FnOnce(&mut S, &mut Context<'_, S>, Result<Q::Answer, AskError>) -> R + Send + 'static,
    ) -> Value {
        let nobody = AskError::no_answerer::<Q>();
        self.begin(First::new(nobody), Box::new(|state, cx, answer| then(state, cx, answer).into_result()))
    }

    /// Asks, and calls `then` when each answerer has answered or can answer no more. `then` gets a result from each,
    /// in the order in which the answerers were added. If there is no answerer, it gets no result.
    ///
    /// Otherwise it is like [`then`](Self::then).
    ///
    /// # Examples
    ///
    /// ```
    /// use marketplace_core::{Context, Message, Question};
    ///
    /// #[derive(Debug, Message)]
    /// struct Load;
    ///
    /// impl Question for Load {
    ///     type Answer = u32;
    /// }
    ///
    /// fn total_load(cx: &mut Context<'_, ()>) {
    ///     cx.ask(Load).all(|(), _, answers| {
    ///         let loads: Vec<u32> = answers.into_iter().flatten().collect();
    ///         println!("{} workers, load {}", loads.len(), loads.iter().sum::<u32>());
    ///     });
    /// }
    /// ```
    pub fn all<R: HandlerResult>(
        self,
        then: impl FnOnce(&mut S, &mut Context<'_, S>, Vec<Result<Q::Answer, AskError>>) -> R + Send + 'static,
    ) -> Value {
        self.begin(All::new(), Box::new(|state, cx, answers| then(state, cx, answers).into_result()))
    }

    fn begin<G: Gathering<Q::Answer>>(self, gathering: G, then: Then<S, G::Outcome>) -> Value {
        let Self { mut network, question, within } = self;
        let request = Request::new(question, AskId::new(network.closures.number()));
        let level = network.level;
        let endpoint = network.publisher(topic!(request));
        let name = endpoint.name();
        let open = Mutex::new(Some(Open { is_settled: false, gathering, then, clock: None }));
        let asking = Arc::new(Asking { level, name: name.clone(), request, within, open });
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

/// What is done with the result of a question.
type Then<S, O> = Box<dyn FnOnce(&mut S, &mut Context<'_, S>, O) -> anyhow::Result<()> + Send>;

/// A question that is being asked. Its endpoint and its time-out share it.
struct Asking<S, Q: Question, G: Gathering<Q::Answer>> {
    level: Level,
    /// The endpoint's.
    name: Value,
    request: Request<Q>,
    within: Option<Duration>,
    /// `None` once the question has its result.
    open: Mutex<Option<Open<S, G, G::Outcome>>>,
}

/// The part of a question that exists until it has its result.
struct Open<S, G, O> {
    /// Whether it is known which answerers there are.
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
    /// Handles an event of the endpoint.
    fn handle(
        self: &Arc<Self>,
        state: &mut S,
        cx: &mut Context<'_, S>,
        event: &Event<'_>,
    ) -> anyhow::Result<()> {
        match event {
            Event::Presence { peer, .. } => self.change(|open| {
                if !open.is_settled {
                    open.gathering.wait_for(*peer);
                }
            }),
            Event::Settled { .. } => self.settle(cx),
            Event::Absence { peer, reason, .. } => self.on_absence(*peer, reason),
            Event::Message { message, .. } => self.on_answer(message),
            _ => {}
        }
        self.finish_if_over(state, cx)
    }

    /// Sends the question to the answerers, if there are any.
    fn settle(self: &Arc<Self>, cx: &mut Context<'_, S>) {
        let mut is_nobody = true;
        self.change(|open| {
            open.is_settled = true;
            is_nobody = open.gathering.is_over();
        });
        if is_nobody {
            return;
        }
        cx.at(self.level).send(self.request.again());
        if let Some(within) = self.within {
            let asking = Arc::clone(self);
            let clock = cx.sleep_then(within, move |state, cx| {
                asking.change(|open| open.gathering.give_up(AskError::timed_out::<Q>(within)));
                asking.finish_if_over(state, cx)
            });
            self.change(|open| open.clock = Some(clock));
        }
    }

    /// An answerer that has replied and then leaves normally has answered.
    fn on_absence(&self, answerer: EndpointId, reason: &Reason) {
        let said = self.request.exchange.take(answerer).filter(|_| reason.as_error().is_none());
        self.record(answerer, said.unwrap_or_else(|| Err(AskError::left::<Q>(reason))));
    }

    fn on_answer(&self, message: &AnyMessage) {
        if let Some(answerer) = message.downcast_ref::<Request<Q>>().and_then(|request| request.from)
            && let Some(said) = self.request.exchange.take(answerer)
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
        // One by one, since a panic during another panic would abort the program.
        if let Some(Open { gathering, then, .. }) = open {
            guarded_drop(gathering, "the answers to a question");
            guarded_drop(then, "a continuation");
        }
    }
}
