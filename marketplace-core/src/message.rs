//! Messages: the trait [`Message`] for values that travel through a network, and [`AnyMessage`], the form in which a
//! VM carries them.

use std::any::{Any, TypeId, type_name};
use std::fmt::{self, Debug};
use std::ptr;
use std::sync::Arc;

use crate::pattern::Pattern;

/// A type whose values can be sent as messages, or can be a part of a message.
///
/// Derive it for each struct and enum that your processes send to each other, and for the types of their fields. The
/// derive also writes the type's pattern, which topics are made of.
///
/// | attribute | on | meaning |
/// | --- | --- | --- |
/// | `#[message(leaf)]` | a field | it is matched on as a whole, so its type needs `Eq + Hash + Clone`, but not `Message` |
/// | `#[message(skip)]` | a field | it is never matched on, so its type needs neither |
/// | `#[message(lossy)]` | the type | no warning if a message has no receiver; see [`IS_LOSSY`](Self::IS_LOSSY) |
/// | `#[message(local)]` | the type | messages stay in one ground; see [`IS_LOCAL`](Self::IS_LOCAL) |
/// | `#[message(serde)]` | the type | the pattern implements serde's traits; needs the feature `serde` |
/// | `#[message(crate = "path")]` | the type | where the core is, if only another crate re-exports it |
///
/// # Examples
///
/// ```
/// use marketplace_core::{Message, Pattern, topic};
///
/// #[derive(Debug, Message)]
/// struct Said {
///     room: String,
///     #[message(skip)]
///     text: String,
/// }
///
/// let in_lobby = topic!(Said { room: "lobby".into(), .. });
/// assert!(in_lobby.matches(&Said { room: "lobby".into(), text: "hello".into() }));
/// assert!(!in_lobby.matches(&Said { room: "attic".into(), text: "hello".into() }));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a message nor a part of one",
    label = "not a `Message`",
    note = "derive `Message` for it, or mark the field that holds it `#[message(leaf)]` (matched on as a \
            whole: needs `Eq + Hash + Clone`) or `#[message(skip)]` (never matched on)"
)]
pub trait Message: Debug + Send + Sync + Sized + 'static {
    /// The type of the patterns that describe values of this type.
    type Pattern: Pattern<Value = Self>;

    /// Whether it is normal that a message of this type has no receiver (rule S5). Set it by `#[message(lossy)]`. For
    /// other types the VM logs a warning when it drops the first message.
    const IS_LOSSY: bool = false;

    /// Whether messages of this type mean something in one ground only, for example because a [`Pid`](crate::Pid) is
    /// a part of them. Set it by `#[message(local)]`. Such messages cannot be shared over a link.
    const IS_LOCAL: bool = false;
}

/// A message of any type, shared: the form in which a VM routes messages, and in which an [`Event`](crate::Event)
/// holds them.
///
/// Cloning it copies a pointer, not the message.
#[derive(Clone)]
pub struct AnyMessage(Arc<dyn ErasedMessage>);

trait ErasedMessage: Any + Debug + Send + Sync {
    fn type_name(&self) -> &'static str;
    fn is_lossy(&self) -> bool;
}

impl<M: Message> ErasedMessage for M {
    fn type_name(&self) -> &'static str {
        type_name::<M>()
    }

    fn is_lossy(&self) -> bool {
        M::IS_LOSSY
    }
}

impl AnyMessage {
    /// Wraps a message.
    pub fn new<M: Message>(message: M) -> Self {
        Self(Arc::new(message))
    }

    /// The message, if it is of type `M`.
    #[must_use]
    pub fn downcast_ref<M: Message>(&self) -> Option<&M> {
        self.as_any().downcast_ref()
    }

    /// The message as an `Arc`, if it is of type `M`.
    #[must_use]
    pub fn downcast<M: Message>(self) -> Option<Arc<M>> {
        let message: Arc<dyn Any + Send + Sync> = self.0;
        message.downcast().ok()
    }

    /// The name of the message's type, for diagnostics.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.0.type_name()
    }

    /// The message's type. A program that carries messages of several types can use it as the key of a table.
    #[must_use]
    pub fn message_type(&self) -> TypeId {
        self.as_any().type_id()
    }

    /// Whether the two are the same message: clones that come from one call of [`AnyMessage::new`]. Two messages that
    /// are only equal are not the same.
    ///
    /// If a message matches several endpoints of a process, the process receives it once at each of them. This method
    /// tells it that they are one message.
    ///
    /// # Examples
    ///
    /// ```
    /// use marketplace_core::AnyMessage;
    ///
    /// let word = AnyMessage::new("word".to_owned());
    /// assert!(word.is_same(&word.clone()));
    /// assert!(!word.is_same(&AnyMessage::new("word".to_owned())));
    /// ```
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        // Compare the addresses alone: a type may have several method tables.
        ptr::addr_eq(Arc::as_ptr(&self.0), Arc::as_ptr(&other.0))
    }

    /// Whether it is normal that the message has no receiver: [`Message::IS_LOSSY`].
    pub(crate) fn is_lossy(&self) -> bool {
        self.0.is_lossy()
    }

    pub(crate) fn as_any(&self) -> &(dyn Any + Send + Sync) {
        &*self.0
    }
}

impl Debug for AnyMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
