//! Questions, and what travels when one is asked.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::exchange::Exchange;
use super::pattern::AskedPattern;
use crate::{EndpointId, Leaf, Message, Pattern};

/// A message that asks for an answer.
///
/// A process asks by [`Network::ask`](crate::Network::ask), or code outside the ground by
/// [`Handle::ask`](crate::Handle::ask); who answers does so by [`Network::on_question`](crate::Network::on_question).
/// Both sides know nothing of each other but the question's type. An ask always comes to its end: see
/// [`AskError`](crate::AskError).
///
/// # Examples
///
/// ```
/// use std::collections::HashMap;
///
/// use marketplace_core::{Ground, Message, Question, Spawn, topic};
///
/// #[derive(Debug, Message)]
/// struct Get {
///     key: &'static str,
/// }
///
/// impl Question for Get {
///     type Answer = Option<u32>;
/// }
///
/// # fn main() -> anyhow::Result<()> {
/// let store = Spawn::new(HashMap::from([("a", 1)]), |_, cx| {
///     cx.on_question(topic!(Get { .. }), |values, _, get, reply| {
///         reply.send(values.get(get.key).copied());
///     });
/// });
/// let client = Spawn::new((), |(), cx| {
///     cx.ask(Get { key: "a" }).then(|(), cx, answer| {
///         assert_eq!(answer?, Some(1));
///         cx.quit();
///         Ok(())
///     });
/// });
/// futures::executor::block_on(Ground::new().spawn(store).main(client).run())
/// # }
/// ```
pub trait Question: Message {
    /// What answers it; it is handed over to the asker, and need not be `Clone`.
    type Answer: Send + 'static;
}

/// A question under way to those who answer it, or word of their answer under way back.
///
/// Whoever asks is present as a publisher of these, whoever answers as a subscriber; [`topic`](Self::topic) is for
/// those who watch them.
pub struct Asked<Q: Question> {
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

impl<Q: Question> Asked<Q> {
    /// The topic of such questions, whoever asks them.
    ///
    /// # Examples
    ///
    /// A process that watches whether there is anybody to answer. It observes: who subscribes as a participant is one
    /// who answers.
    ///
    /// ```
    /// # use marketplace_core::{Asked, Message, Question, Spawn, topic};
    /// # #[derive(Debug, Message)]
    /// # struct Get { key: &'static str }
    /// # impl Question for Get { type Answer = Option<u32>; }
    /// let watcher = Spawn::new((), |(), cx| {
    ///     cx.observe_subscribers(Asked::topic(topic!(Get { .. })))
    ///         .on_arrival(|(), _, store| println!("can be asked: {:?}", store.conversation.question))
    ///         .on_departure(|(), _, _, reason| println!("nobody answers any more: {reason}"));
    /// });
    /// ```
    pub fn topic<P>(question: P) -> AskedPattern<P>
    where
        P: Pattern<Value = Q>,
        Q: Message<Pattern = P>,
    {
        AskedPattern { question, id: Leaf::Any }
    }

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

impl<Q: Question> Message for Asked<Q> {
    type Pattern = AskedPattern<Q::Pattern>;

    // One is dropped only where somebody leaves, or an ask is called off, while it is under way.
    const IS_LOSSY: bool = true;
}

impl<Q: Question> fmt::Debug for Asked<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct(if self.from.is_some() { "Answered" } else { "Asked" });
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
