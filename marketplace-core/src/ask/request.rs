//! The message that is sent when a question is asked.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::exchange::Exchange;
use super::question::Question;
use crate::EndpointId;

/// A question on its way to the processes that answer it, or the notice of an answer on its way back.
///
/// [`Network::ask`](crate::Network::ask) publishes it, and [`Network::on_question`](crate::Network::on_question)
/// subscribes to it. You need its [`topic`](Self::topic) only to watch for askers or answerers. Watch them as an
/// observer: a subscriber that is a participant counts as an answerer. So [`Ask::all`](crate::Ask::all) would wait
/// for a [`Handle::subscribe`](crate::Handle::subscribe) with this topic.
pub struct Request<Q: Question> {
    pub(super) exchange: Arc<Exchange<Q>>,
    pub(super) id: AskId,
    /// The endpoint that has answered. `None` on the way to the answerers.
    pub(super) from: Option<EndpointId>,
}

/// Identifies one asking of a question. It is compared by its address, so no global counter is needed. The number is
/// for diagnostics only.
#[derive(Clone)]
pub(super) struct AskId(Arc<u64>);

impl AskId {
    pub(super) fn new(number: u64) -> Self {
        Self(Arc::new(number))
    }
}

impl<Q: Question> Request<Q> {
    /// The question.
    #[must_use]
    pub fn question(&self) -> &Q {
        &self.exchange.question
    }

    pub(super) fn new(question: Arc<Q>, id: AskId) -> Self {
        Self { exchange: Arc::new(Exchange::new(question)), id, from: None }
    }

    /// The notice that `from` has answered this request.
    pub(super) fn answered(&self, from: EndpointId) -> Self {
        Self { from: Some(from), ..self.again() }
    }

    /// A clone, which only this crate may make.
    pub(super) fn again(&self) -> Self {
        Self { exchange: Arc::clone(&self.exchange), id: self.id.clone(), from: self.from }
    }
}

impl<Q: Question> fmt::Debug for Request<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct(if self.from.is_some() { "Answered" } else { "Request" });
        fields.field("question", self.question()).field("id", &self.id);
        if let Some(from) = &self.from {
            fields.field("from", from);
        }
        fields.finish()
    }
}

impl fmt::Debug for AskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl PartialEq for AskId {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for AskId {}

impl Hash for AskId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}
