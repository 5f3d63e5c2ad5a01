//! Topics: patterns of any message type, in the form in which roles and the routing index carry them.

use std::any::{Any, TypeId, type_name};
use std::fmt::{self, Debug};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::vm::index::{Routes, Table};
use crate::{Difference, Message, Pattern};

/// Writes a topic in place: an expression that makes a pattern.
///
/// A part that has `_` or `..` anywhere in it is a pattern; anything else is an expression of the part's own
/// type. Patterns are:
///
/// * `_`, which any value matches;
/// * `Path { field: part, field, .. }`, where `field` alone stands for `field: field`;
/// * `Path(part, part, ..)`, and `Some(part)` among them;
/// * `(part, part)`, for a part that is a tuple.
///
/// The path names a variant where its last segment but one begins with a capital letter
/// (`TcpAddress::Listener`), else a struct (`tcp::TcpChannel`). Type parameters that the compiler cannot infer
/// from other fields are written as in expressions: `Envelope::<u8> { … }`. Without `..` every field must be
/// mentioned, also those marked `#[message(skip)]`, as `_`.
///
/// Expressions are evaluated once, in the order written, and borrowed, so that a variable can be used again; a
/// reference to a value does as well as the value. A `String` or an `Arc<str>` is written `"text".into()`, since
/// a literal is neither. An expression that has `_` or `..` in it, such as a range, is computed before, and its
/// variable written here.
///
/// The macro needs no other name of this crate to be known: it may be called as `facade::topic!`, where a facade
/// re-exports it.
///
/// An expression alone makes the pattern of just its value, which is borrowed too.
#[macro_export]
macro_rules! topic {
    ($($topic:tt)*) => {
        $crate::macros::topic!($crate $($topic)*)
    };
}

/// A pattern of any message type; cheap to clone, compared and hashed by type and meaning.
#[derive(Clone)]
pub struct Topic(Arc<dyn ErasedPattern>);

pub(crate) trait ErasedPattern: Any + Debug + Send + Sync {
    fn message_type(&self) -> TypeId;
    fn equals(&self, other: &dyn Any) -> bool;
    fn feed(&self, hasher: &mut dyn Hasher);
    fn intersection(&self, other: &dyn Any) -> Option<Topic>;
    fn difference(&self, other: &dyn Any) -> Option<Difference>;
    fn type_name(&self) -> &'static str;
    fn new_routes(&self) -> Box<dyn Routes>;
}

impl Topic {
    /// The topic of the messages that `pattern` describes.
    pub fn new<P>(pattern: P) -> Self
    where
        P: Pattern<Value: Message<Pattern = P>>,
    {
        Self(Arc::new(pattern))
    }

    /// The pattern, if it is one of messages of type `M`.
    #[must_use]
    pub fn downcast_ref<M: Message>(&self) -> Option<&M::Pattern> {
        self.as_any().downcast_ref()
    }

    /// The pattern, shared, if it is one of messages of type `M`.
    pub(crate) fn downcast<M: Message>(&self) -> Option<Arc<M::Pattern>> {
        let pattern: Arc<dyn Any + Send + Sync> = Arc::clone(&self.0) as _;
        pattern.downcast().ok()
    }

    /// The topic of the messages that both describe, or `None` where there are none.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        self.0.intersection(other.as_any())
    }

    /// What keeps the two apart: something exactly when [`intersection`](Self::intersection) is nothing.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<Difference> {
        if self.message_type() == other.message_type() {
            return self.0.difference(other.as_any());
        }
        Some(Difference::of_choices(self.type_name(), other.type_name()))
    }

    /// The name of the messages' type, for diagnostics.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.0.type_name()
    }

    /// The type of the messages; see [`AnyMessage::message_type`](crate::AnyMessage::message_type).
    #[must_use]
    pub fn message_type(&self) -> TypeId {
        self.0.message_type()
    }

    pub(crate) fn new_routes(&self) -> Box<dyn Routes> {
        self.0.new_routes()
    }

    pub(crate) fn as_any(&self) -> &dyn Any {
        &*self.0
    }
}

impl<P> From<P> for Topic
where
    P: Pattern<Value: Message<Pattern = P>>,
{
    fn from(pattern: P) -> Self {
        Self::new(pattern)
    }
}

impl PartialEq for Topic {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.equals(other.as_any())
    }
}

impl Eq for Topic {}

impl Hash for Topic {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.message_type().hash(state);
        self.0.feed(state);
    }
}

impl Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<P> ErasedPattern for P
where
    P: Pattern<Value: Message<Pattern = P>>,
{
    fn message_type(&self) -> TypeId {
        TypeId::of::<P::Value>()
    }

    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref() == Some(self)
    }

    fn feed(&self, mut hasher: &mut dyn Hasher) {
        self.hash(&mut hasher);
    }

    fn intersection(&self, other: &dyn Any) -> Option<Topic> {
        Pattern::intersection(self, other.downcast_ref()?).map(Topic::new)
    }

    fn difference(&self, other: &dyn Any) -> Option<Difference> {
        Pattern::difference(self, other.downcast_ref()?)
    }

    fn type_name(&self) -> &'static str {
        type_name::<P::Value>()
    }

    fn new_routes(&self) -> Box<dyn Routes> {
        Box::<Table<P>>::default()
    }
}
