//! Messages: values of any Rust type that derives [`Message`], and the form in which a VM carries them.

use std::any::{Any, TypeId, type_name};
use std::fmt::{self, Debug};
use std::ptr;
use std::sync::Arc;

use crate::pattern::Pattern;

/// A type whose values travel through a VM's network, or are a part of one that does.
///
/// Derive it: the derive writes the type's pattern too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a message nor a part of one",
    label = "not a `Message`",
    note = "derive `Message` for it, or mark the field that holds it `#[message(leaf)]` (matched on as a \
            whole: needs `Eq + Hash + Clone`) or `#[message(skip)]` (never matched on)"
)]
pub trait Message: Debug + Send + Sync + Sized + 'static {
    /// The descriptions of values of this type.
    type Pattern: Pattern<Value = Self>;

    /// Whether it is normal that nobody takes a message of this type (rule S5): `#[message(lossy)]`. Of other types the
    /// first message that is dropped is a warning in the log.
    const IS_LOSSY: bool = false;

    /// Whether messages of this type have a meaning in one ground only, since there is a Pid in them, say:
    /// `#[message(local)]`. They cannot be shared over a link.
    const IS_LOCAL: bool = false;
}

/// A message of any type, shared: what a VM routes and what a handler's event holds.
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

    /// The message, shared, if it is of type `M`.
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

    /// The message's type, by which a program that carries messages of several types finds what it knows of each.
    #[must_use]
    pub fn message_type(&self) -> TypeId {
        self.as_any().type_id()
    }

    /// Whether the two are one message: clones of one [`AnyMessage::new`], and not two messages that are equal.
    ///
    /// A process with several endpoints that a message matches is told of it once at each, and knows by this that it
    /// is the same.
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
        // By the address alone: a type's table of methods may have several.
        ptr::addr_eq(Arc::as_ptr(&self.0), Arc::as_ptr(&other.0))
    }

    /// Whether it is normal that nobody takes it: [`Message::IS_LOSSY`].
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
