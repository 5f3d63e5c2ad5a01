//! The pattern of questions under way, written by hand because the question in them is shared.

use std::hash::Hasher;

use super::question::{AskId, Asked, Question};
use crate::{Difference, Leaf, Message, Pattern, Shape, macros};

/// The pattern of [`Asked`] questions: what they ask, and which asking it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AskedPattern<P> {
    /// The question's pattern.
    pub question: P,
    pub(super) id: Leaf<AskId>,
}

/// Where the positions of the question start: behind the id's.
const QUESTION: u32 = 1;

impl<P> Pattern for AskedPattern<P>
where
    P: Pattern<Value: Question + Message<Pattern = P>>,
{
    type Value = Asked<P::Value>;

    const POSITIONS: u32 = {
        let positions = QUESTION + P::POSITIONS;
        assert!(
            positions <= Shape::MOST_POSITIONS,
            "a question may have 63 positions, one less than a message"
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

    fn meet(&self, other: &Self) -> Option<Self> {
        let id = self.id.meet(&other.id)?;
        Some(Self { question: self.question.meet(&other.question)?, id })
    }

    fn difference(&self, other: &Self) -> Option<Difference> {
        macros::difference(&self.question, &other.question, "question")
            .or_else(|| macros::difference(&self.id, &other.id, "id"))
    }

    /// Nothing: a pattern does not know the replies.
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
