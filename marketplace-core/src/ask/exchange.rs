//! What the asker of a question and its answerers share: the question, and the replies to it.
//!
//! A reply waits here until the asker takes it. So an answer counts from the moment when it is given, even if the
//! answerer leaves before the network has delivered the notice.

use std::collections::BTreeMap;
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures::FutureExt;
use futures::channel::oneshot;

use super::error::AskError;
use super::question::Question;
use crate::EndpointId;
use crate::panic::{guarded_drop, guarded_drops};

/// The result from one answerer.
pub(super) type Outcome<Q> = Result<<Q as Question>::Answer, AskError>;

/// A question and the replies to it.
pub(super) struct Exchange<Q: Question> {
    pub(super) question: Arc<Q>,
    replies: Mutex<BTreeMap<EndpointId, ReplyState<Q>>>,
}

/// The reply of one answerer.
enum ReplyState<Q: Question> {
    Waiting(oneshot::Receiver<Outcome<Q>>),
    Replied(Outcome<Q>),
}

/// Answers a question. The handler of [`Network::on_question`](crate::Network::on_question) gets one with each
/// question.
///
/// Answer at once, or keep the reply, move it into a future, or send it to another thread. If you drop it, the
/// question is declined, and the asker gets [`AskError::Declined`]. An answer is dropped if the asker no longer waits
/// for it.
///
/// # Examples
///
/// ```
/// use marketplace_core::{Message, Question, Spawn, topic};
///
/// #[derive(Debug, Message)]
/// struct Divide(u32, u32);
///
/// impl Question for Divide {
///     type Answer = u32;
/// }
///
/// let calculator = Spawn::new((), |(), cx| {
///     cx.on_question(topic!(Divide(_, _)), |(), _, divide, reply| match divide.0.checked_div(divide.1) {
///         Some(quotient) => reply.send(quotient),
///         None => drop(reply), // It declines.
///     });
/// });
/// ```
#[must_use = "dropping a reply declines the question"]
pub struct Reply<Q: Question>(oneshot::Sender<Outcome<Q>>);

impl<Q: Question> Exchange<Q> {
    pub(super) const fn new(question: Arc<Q>) -> Self {
        Self { question, replies: Mutex::new(BTreeMap::new()) }
    }

    /// Opens the reply of an answerer.
    pub(super) fn open(&self, answerer: EndpointId) -> Reply<Q> {
        let (sender, receiver) = oneshot::channel();
        self.lock().insert(answerer, ReplyState::Waiting(receiver));
        Reply(sender)
    }

    /// Records a reply at once.
    pub(super) fn reply(&self, answerer: EndpointId, outcome: Outcome<Q>) {
        self.lock().insert(answerer, ReplyState::Replied(outcome));
    }

    pub(super) fn has_reply(&self, answerer: EndpointId) -> bool {
        self.poll_reply(answerer, &mut Context::from_waker(Waker::noop())).is_ready()
    }

    pub(super) fn poll_reply(&self, answerer: EndpointId, cx: &mut Context<'_>) -> Poll<()> {
        self.lock().get_mut(&answerer).map_or(Poll::Ready(()), |given| given.poll(cx))
    }

    /// Takes the reply of an answerer. If it has not replied yet, a later reply is ignored.
    pub(super) fn take(&self, answerer: EndpointId) -> Option<Outcome<Q>> {
        let mut given = self.lock().remove(&answerer)?;
        let _looked = given.poll(&mut Context::from_waker(Waker::noop()));
        match given {
            ReplyState::Replied(outcome) => Some(outcome),
            ReplyState::Waiting(receiver) => {
                // Dropping it wakes code that waits in `Reply::unwanted`.
                guarded_drop(receiver, "a waker");
                None
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<EndpointId, ReplyState<Q>>> {
        self.replies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Q: Question> Drop for Exchange<Q> {
    fn drop(&mut self) {
        let replies = mem::take(self.replies.get_mut().unwrap_or_else(PoisonError::into_inner));
        guarded_drops(replies.into_values(), "an answer");
    }
}

impl<Q: Question> ReplyState<Q> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Self::Waiting(receiver) = self {
            let Poll::Ready(given) = receiver.poll_unpin(cx) else { return Poll::Pending };
            *self = Self::Replied(given.unwrap_or_else(|_dropped| Err(AskError::declined::<Q>())));
        }
        Poll::Ready(())
    }
}

impl<Q: Question> Reply<Q> {
    /// Answers the question.
    pub fn send(self, answer: Q::Answer) {
        // The asker may be gone. That is no error of the answerer.
        let _unheard = self.0.send(Ok(answer));
    }

    /// Reports that there is no answer, and why. Use it to pass on the result of another question.
    pub fn fail(self, error: AskError) {
        let _unheard = self.0.send(Err(error));
    }

    /// Whether the asker still waits for an answer, as far as is known here.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        !self.0.is_canceled()
    }

    /// Waits until the asker is gone, or has the answer of another process. Use it to stop work on an answer that
    /// takes long.
    pub async fn unwanted(&mut self) {
        self.0.cancellation().await;
    }
}

impl<Q: Question> fmt::Debug for Reply<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("is_wanted", &self.is_wanted()).finish()
    }
}
