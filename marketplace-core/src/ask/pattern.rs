//! The pattern of requests. It is written by hand because the question in them is shared.

use std::hash::Hasher;

use super::question::Question;
use super::request::{AskId, Request};
use crate::{Difference, Leaf, Message, Pattern, Shape, macros};

/// The pattern of a [`Request`]: the pattern of its question, and which asking it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestPattern<P> {
    /// The question's pattern.
    pub question: P,
    pub(super) id: Leaf<AskId>,
}

/// The position at which the question's positions start, after the id's.
const QUESTION: u32 = 1;

impl<Q: Question> Request<Q> {
    /// The topic of all requests with such questions, whichever process asks them.
    ///
    /// # Examples
    ///
    /// A process that watches whether a question can be answered. It observes, so that the answerers do not see it: a
    /// publisher would look to them like an asker.
    ///
    /// ```
    /// # use marketplace_core::{Request, Message, Question, Spawn, topic};
    /// # #[derive(Debug, Message)]
    /// # struct Get { key: &'static str }
    /// # impl Question for Get { type Answer = Option<u32>; }
    /// let watcher = Spawn::new((), |(), cx| {
    ///     cx.observe_subscribers(Request::topic(topic!(Get { .. })))
    ///         .on_arrival(|(), _, store| println!("answered: {:?}", store.conversation.question))
    ///         .on_departure(|(), _, _, reason| println!("no longer answered: {reason}"));
    /// });
    /// ```
    pub fn topic<P>(question: P) -> RequestPattern<P>
    where
        P: Pattern<Value = Q>,
        Q: Message<Pattern = P>,
    {
        RequestPattern { question, id: Leaf::Any }
    }
}

impl<Q: Question> Message for Request<Q> {
    type Pattern = RequestPattern<Q::Pattern>;

    // A request is dropped only if the answerer leaves, or the ask ends, while it is on its way.
    const IS_LOSSY: bool = true;

    // The answer is passed through shared memory, not in the message.
    const IS_LOCAL: bool = true;
}

impl<P> Pattern for RequestPattern<P>
where
    P: Pattern<Value: Question + Message<Pattern = P>>,
{
    type Value = Request<P::Value>;

    const POSITIONS: u32 = {
        let positions = QUESTION + P::POSITIONS;
        assert!(
            positions <= Shape::MOST_POSITIONS,
            "a question has more than 63 positions to match on (one fewer than other messages)"
        );
        positions
    };

    const CHOICES: Shape = P::CHOICES.shifted(QUESTION);

    fn any() -> Self {
        Self { question: P::any(), id: Leaf::Any }
    }

    fn exactly(value: &Self::Value) -> Self {
        Self { question: P::exactly(value.question()), id: Leaf::exactly(&value.id) }
    }

    fn matches(&self, value: &Self::Value) -> bool {
        self.id.matches(&value.id) && self.question.matches(value.question())
    }

    fn intersection(&self, other: &Self) -> Option<Self> {
        let id = self.id.intersection(&other.id)?;
        Some(Self { question: self.question.intersection(&other.question)?, id })
    }

    fn difference(&self, other: &Self) -> Option<Difference> {
        macros::difference(&self.question, &other.question, "question")
            .or_else(|| macros::difference(&self.id, &other.id, "id"))
    }

    /// Always `None`: a pattern does not contain the replies.
    fn value(&self) -> Option<Self::Value> {
        None
    }

    fn shape(&self) -> Shape {
        self.id.shape().union(macros::shape(&self.question, QUESTION))
    }

    fn positions_of(value: &Self::Value) -> Shape {
        Shape::FIRST.union(macros::positions_of::<P>(value.question(), QUESTION))
    }

    fn digest(&self, shape: Shape, hasher: &mut impl Hasher) {
        self.id.digest(shape, hasher);
        macros::digest(&self.question, QUESTION, shape, hasher);
    }

    fn digest_value(value: &Self::Value, shape: Shape, hasher: &mut impl Hasher) {
        Leaf::digest_value(&value.id, shape, hasher);
        macros::digest_value::<P>(value.question(), QUESTION, shape, hasher);
    }
}

#[cfg(test)]
mod tests {
    use std::hash::DefaultHasher;
    use std::sync::Arc;

    use super::*;
    use crate::topic;

    /// A question with a choice.
    #[derive(Clone, Debug, Message)]
    enum Query {
        One { key: u8, exact: bool },
        All,
    }

    impl Question for Query {
        type Answer = ();
    }

    /// Some requests, and patterns of all kinds that are about them.
    fn samples() -> (Vec<Request<Query>>, Vec<RequestPattern<QueryPattern>>) {
        let ids = [AskId::new(1), AskId::new(1)];
        let queries = [Query::All, Query::One { key: 1, exact: true }, Query::One { key: 2, exact: true }];
        let asked = ids
            .iter()
            .flat_map(|id| queries.iter().map(|query| Request::new(Arc::new(query.clone()), id.clone())));
        let patterns = queries.iter().map(QueryPattern::exactly).chain([
            QueryPattern::any(),
            topic!(Query::One { .. }),
            topic!(Query::One { key: 2, exact: _ }),
        ]);
        let of_any_id = |question| {
            [Leaf::Any]
                .into_iter()
                .chain(ids.iter().map(Leaf::exactly))
                .map(move |id| RequestPattern { question: QueryPattern::clone(&question), id })
        };
        (asked.collect(), patterns.flat_map(of_any_id).collect())
    }

    fn digests(pattern: &RequestPattern<QueryPattern>, value: &Request<Query>, shape: Shape) -> [u64; 2] {
        let mut hashers = [DefaultHasher::new(), DefaultHasher::new()];
        pattern.digest(shape, &mut hashers[0]);
        RequestPattern::<QueryPattern>::digest_value(value, shape, &mut hashers[1]);
        hashers.map(|hasher| hasher.finish())
    }

    #[test]
    fn the_patterns_of_questions_under_way_keep_the_laws_of_patterns() {
        let (asked, patterns) = samples();
        for pattern in &patterns {
            for other in &patterns {
                let meet = pattern.intersection(other);
                assert_eq!(meet, other.intersection(pattern));
                assert_eq!(meet.is_none(), pattern.difference(other).is_some());
                for value in &asked {
                    let both = pattern.matches(value) && other.matches(value);
                    assert_eq!(both, meet.as_ref().is_some_and(|meet| meet.matches(value)));
                }
            }
            assert_eq!(pattern.intersection(&RequestPattern::any()).as_ref(), Some(pattern));
            for value in &asked {
                assert_eq!(
                    pattern.matches(value),
                    pattern.intersection(&RequestPattern::exactly(value)).is_some()
                );
                if pattern.matches(value) {
                    let [own, values] = digests(pattern, value, pattern.shape());
                    assert_eq!(own, values);
                    assert!(RequestPattern::<QueryPattern>::positions_of(value).covers(pattern.shape()));
                }
            }
        }
    }
}
