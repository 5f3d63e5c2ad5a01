//! Topics: patterns of any message type, in the form in which roles and the routing index carry them.

use std::any::{Any, TypeId, type_name};
use std::fmt::{self, Debug};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::vm::index::{Routes, Table};
use crate::{Difference, Message, Pattern};

/// Makes a pattern, written like a Rust pattern: the topic of an endpoint.
///
/// ```
/// use marketplace_core::{Message, Pattern, topic};
///
/// #[derive(Debug, Message)]
/// struct Packet {
///     source: Address,
///     destination: Address,
///     size: u32,
/// }
///
/// #[derive(Clone, Debug, PartialEq, Eq, Hash, Message)]
/// enum Address {
///     Listener { port: u16 },
///     Remote(String, u16),
/// }
///
/// let us = Address::Listener { port: 5999 };
/// // `_` matches any value, `..` stands for all other fields, and `us` is an expression.
/// let to_us = topic!(Packet { source: Address::Remote(_, _), destination: us, .. });
/// let source = Address::Remote("localhost".into(), 4000);
/// assert!(to_us.matches(&Packet { source, destination: us.clone(), size: 10 }));
/// assert!(!to_us.matches(&Packet { source: us.clone(), destination: us, size: 10 }));
/// ```
///
/// A part that has `_` or `..` anywhere in it is a pattern. Any other part is an expression of the part's own type.
/// Patterns are:
///
/// * `_`, which matches any value;
/// * `Path { field: part, field, .. }`, where `field` alone means `field: field`;
/// * `Path(part, part, ..)`, for example `Some(part)`;
/// * `(part, part)`, for a part that is a tuple.
///
/// The path names a variant of an enum if the segment before its last one begins with a capital letter
/// (`TcpAddress::Listener`), otherwise a struct (`tcp::TcpChannel`). Type parameters that the compiler cannot infer
/// from other fields are written as in expressions: `Envelope::<u8> { … }`. Without `..` all fields must be
/// mentioned, those that are marked `#[message(skip)]` as `_`.
///
/// Expressions are evaluated once, in the order in which they are written. They are borrowed, so a variable can be
/// used again, and a reference to a value may be used in place of the value. Write a `String` or an `Arc<str>` as
/// `"text".into()`, since a literal has neither type. If an expression contains `_` or `..`, such as a range, put its
/// value into a variable first and write the variable in the topic.
///
/// The macro needs no other name of this crate in scope: it can be called as `facade::topic!` if a crate `facade`
/// re-exports it.
///
/// If the whole topic is one expression, it is the pattern that matches this value only.
#[macro_export]
macro_rules! topic {
    ($($topic:tt)*) => {
        $crate::macros::topic!($crate $($topic)*)
    };
}

/// A pattern of any message type. It is cheap to clone, and compared and hashed by its type and what it matches.
///
/// [`Role`](crate::Role) contains one. Most programs use the patterns made by [`topic!`](crate::topic) and convert
/// them only to keep topics of several message types in one place:
///
/// ```
/// use marketplace_core::{Message, Topic, topic};
///
/// #[derive(Debug, Message)]
/// struct Said(String);
///
/// #[derive(Debug, Message)]
/// struct Ticked(u64);
///
/// let topics: Vec<Topic> = vec![topic!(Said(_)).into(), topic!(Ticked(1)).into()];
/// assert!(topics[1].downcast_ref::<Ticked>().is_some());
/// assert_eq!(topics[0].intersection(&topics[1]), None);
/// ```
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
    /// The topic of the messages that `pattern` matches.
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

    /// The pattern as an `Arc`, if it is one of messages of type `M`.
    pub(crate) fn downcast<M: Message>(&self) -> Option<Arc<M::Pattern>> {
        let pattern: Arc<dyn Any + Send + Sync> = Arc::clone(&self.0) as _;
        pattern.downcast().ok()
    }

    /// The topic of the messages that both topics match. `None` if there are no such messages.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        self.0.intersection(other.as_any())
    }

    /// The first part in which the two topics differ. It is `Some` exactly when [`intersection`](Self::intersection)
    /// is `None`.
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
