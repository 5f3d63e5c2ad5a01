//! What the asker of a question and its answerers share: the question, and the replies to it.
//!
//! A reply waits here until the asker takes it. So an answer counts once it is given, also where its giver leaves before
//! the network has brought word of it.

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

/// What has been said to a question.
pub(super) type Outcome<Q> = Result<<Q as Question>::Answer, AskError>;

/// A question and the replies to it.
pub(super) struct Exchange<Q: Question> {
    pub(super) question: Arc<Q>,
    replies: Mutex<BTreeMap<EndpointId, ReplyState<Q>>>,
}

/// What an answerer has said, if it has.
enum ReplyState<Q: Question> {
    Waiting(oneshot::Receiver<Outcome<Q>>),
    Replied(Outcome<Q>),
}

/// What answers a question; handed to the handlers of [`Network::on_question`](crate::Network::on_question).
///
/// It can be kept, moved into a future, or sent to another thread. To drop it is to decline: the asker is told so. An
/// answer that nobody waits for any more is dropped.
#[must_use = "to drop a reply is to decline the question"]
pub struct Reply<Q: Question>(oneshot::Sender<Outcome<Q>>);

impl<Q: Question> Exchange<Q> {
    pub(super) const fn new(question: Arc<Q>) -> Self {
        Self { question, replies: Mutex::new(BTreeMap::new()) }
    }

    /// What an answerer replies by.
    pub(super) fn open(&self, answerer: EndpointId) -> Reply<Q> {
        let (sender, receiver) = oneshot::channel();
        self.lock().insert(answerer, ReplyState::Waiting(receiver));
        Reply(sender)
    }

    /// Replies at once.
    pub(super) fn reply(&self, answerer: EndpointId, outcome: Outcome<Q>) {
        self.lock().insert(answerer, ReplyState::Replied(outcome));
    }

    pub(super) fn has_reply(&self, answerer: EndpointId) -> bool {
        self.poll_reply(answerer, &mut Context::from_waker(Waker::noop())).is_ready()
    }

    pub(super) fn poll_reply(&self, answerer: EndpointId, cx: &mut Context<'_>) -> Poll<()> {
        self.lock().get_mut(&answerer).map_or(Poll::Ready(()), |given| given.poll(cx))
    }

    /// Takes what an answerer has said; if it has not, what it says later is not waited for.
    pub(super) fn take(&self, answerer: EndpointId) -> Option<Outcome<Q>> {
        let mut given = self.lock().remove(&answerer)?;
        let _looked = given.poll(&mut Context::from_waker(Waker::noop()));
        match given {
            ReplyState::Replied(outcome) => Some(outcome),
            ReplyState::Waiting(receiver) => {
                // It wakes those who wait to be unwanted.
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
    /// Answers.
    pub fn send(self, answer: Q::Answer) {
        // The asker may be gone; that is no fault of the answerer's.
        let _unheard = self.0.send(Ok(answer));
    }

    /// Says that there will be no answer, and why: for those who pass on what others have said.
    pub fn fail(self, error: AskError) {
        let _unheard = self.0.send(Err(error));
    }

    /// Whether the asker is still there to be answered, as far as is known here.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        !self.0.is_canceled()
    }

    /// Waits until the asker is gone, or has what it wanted from another: for those who work long on an answer.
    pub async fn unwanted(&mut self) {
        self.0.cancellation().await;
    }
}

impl<Q: Question> fmt::Debug for Reply<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("is_wanted", &self.is_wanted()).finish()
    }
}
