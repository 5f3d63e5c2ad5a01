//! The answerer's side: an endpoint that receives questions, and replies that may come from anywhere.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::{AbortHandle, Abortable};

use super::exchange::Reply;
use super::pattern::RequestPattern;
use super::question::Question;
use super::request::{AskId, Request};
use crate::context::{Context, Network};
use crate::endpoint::Endpoint;
use crate::handler_result::HandlerResult;
use crate::{EndpointId, Event, EventKinds, Leaf, Level, Message, Pattern};

impl<S: 'static> Network<'_, S> {
    /// Answers the questions that match `topic`.
    ///
    /// The handler gets the question and a [`Reply`]. An answer that is given in the same turn is sent after the
    /// other actions of the turn; if the turn fails, it is not sent. The answer may also come later, from a future
    /// that the process [performs](Context::perform), or from anywhere else. Until then the process is not collected
    /// and the ground does not end, as if the process performed a future. If the process leaves or deletes the
    /// endpoint, the askers that still wait for an answer get the reason.
    ///
    /// The endpoint must be a new one. If it would replace the handlers of an existing endpoint (rule S8), the turn
    /// fails.
    ///
    /// # Examples
    ///
    /// An answer that comes later:
    ///
    /// ```
    /// use marketplace_core::{Ground, Message, Question, Spawn, topic};
    ///
    /// #[derive(Debug, Message)]
    /// struct Resolve {
    ///     host: String,
    /// }
    ///
    /// impl Question for Resolve {
    ///     type Answer = std::io::Result<u16>;
    /// }
    ///
    /// async fn look_up(_host: String) -> std::io::Result<u16> {
    ///     Ok(80)
    /// }
    ///
    /// # fn main() -> anyhow::Result<()> {
    /// let resolver = Spawn::new((), |(), cx| {
    ///     cx.on_question(topic!(Resolve { .. }), |(), cx, resolve, reply| {
    ///         cx.perform(look_up(resolve.host.clone()), |(), _, port| reply.send(port));
    ///     });
    /// });
    /// let client = Spawn::new((), |(), cx| {
    ///     cx.ask(Resolve { host: "localhost".into() }).then(|(), cx, port| {
    ///         assert_eq!(port??, 80);
    ///         cx.quit();
    ///         Ok(())
    ///     });
    /// });
    /// futures::executor::block_on(Ground::new().spawn(resolver).main(client).run())
    /// # }
    /// ```
    pub fn on_question<P, R>(
        &mut self,
        topic: P,
        mut handler: impl FnMut(&mut S, &mut Context<'_, S>, &P::Value, Reply<P::Value>) -> R + Send + 'static,
    ) -> Endpoint<'_, S, RequestPattern<P>>
    where
        P: Pattern<Value: Question + Message<Pattern = P>>,
        R: HandlerResult,
    {
        let mut answering = Answering { level: self.level, endpoint: None, owed: Arc::default() };
        let kinds = EventKinds::MESSAGE | EventKinds::ABSENCE | EventKinds::SETTLED;
        self.subscriber(Request::topic(topic))
            .must_be_new("an endpoint that answers questions must be a new one")
            .on(kinds, move |state, cx, event| answering.handle(state, cx, event, &mut handler))
    }
}

/// The answerer's side of questions.
struct Answering {
    level: Level,
    /// The endpoint, as the askers see it.
    endpoint: Option<EndpointId>,
    owed: Arc<Owed>,
}

/// The replies that are waited for. The handle stops the waiting.
#[derive(Default)]
struct Owed(Mutex<HashMap<AskId, AbortHandle>>);

impl Answering {
    /// Handles an event of the endpoint.
    fn handle<S: 'static, Q: Question, R: HandlerResult>(
        &mut self,
        state: &mut S,
        cx: &mut Context<'_, S>,
        event: &Event<'_>,
        handler: &mut impl FnMut(&mut S, &mut Context<'_, S>, &Q, Reply<Q>) -> R,
    ) -> anyhow::Result<()> {
        match event {
            Event::Settled { endpoint, .. } => self.endpoint = Some(*endpoint),
            Event::Absence { role, .. } => {
                if let Some(RequestPattern { id: Leaf::Exactly(id), .. }) =
                    role.topic.downcast_ref::<Request<Q>>()
                {
                    self.owed.forget(id);
                }
            }
            Event::Message { message, .. } => {
                let (Some(request), Some(own)) = (message.downcast_ref::<Request<Q>>(), self.endpoint) else {
                    return Ok(());
                };
                handler(state, cx, request.question(), request.exchange.open(own)).into_result()?;
                if request.exchange.has_reply(own) {
                    cx.at(self.level).send_feedback(request.answered(own));
                } else {
                    self.answer_later(cx, request.answered(own), own);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Waits for the reply, until the asker or this endpoint is gone.
    fn answer_later<S: 'static, Q: Question>(
        &self,
        cx: &mut Context<'_, S>,
        answered: Request<Q>,
        own: EndpointId,
    ) {
        let (handle, registration) = AbortHandle::new_pair();
        self.owed.lock().insert(answered.id.clone(), handle);
        let (level, owed) = (self.level, Arc::downgrade(&self.owed));
        let exchange = Arc::clone(&answered.exchange);
        let given = poll_fn(move |cx| exchange.poll_reply(own, cx));
        cx.perform(Abortable::new(given, registration), move |_, cx, given| {
            if given.is_ok()
                && let Some(owed) = owed.upgrade()
            {
                owed.lock().remove(&answered.id);
                cx.at(level).send_feedback(answered);
            }
        });
    }
}

impl Owed {
    fn forget(&self, id: &AskId) {
        if let Some(waiting) = self.lock().remove(id) {
            waiting.abort();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AskId, AbortHandle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        self.lock().values().for_each(AbortHandle::abort);
    }
}
