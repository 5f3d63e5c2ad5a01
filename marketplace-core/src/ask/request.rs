//! What travels when a question is asked.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::exchange::Exchange;
use super::question::Question;
use crate::EndpointId;

/// A question under way to those who answer it, or word of their answer under way back.
///
/// Whoever asks is present as a publisher of these, whoever answers as a subscriber; [`topic`](Self::topic) is for
/// those who watch them. They observe: an ask waits for each subscriber that takes part, so
/// [`Handle::subscribe`](crate::Handle::subscribe) with this topic keeps [`Ask::all`](crate::Ask::all) waiting.
pub struct Request<Q: Question> {
    pub(super) exchange: Arc<Exchange<Q>>,
    pub(super) id: AskId,
    /// Who has answered; nobody on the way there.
    pub(super) from: Option<EndpointId>,
}

/// Which asking of a question it is: told apart by its address, so that nobody has to count. The number is for
/// diagnostics only.
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

    /// Word of an answer to this.
    pub(super) fn answered(&self, from: EndpointId) -> Self {
        Self { from: Some(from), ..self.again() }
    }

    /// The same once more.
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
