//! The types that a link shares.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;
#[cfg(feature = "codec")]
use std::sync::Arc;

#[cfg(feature = "codec")]
use anyhow::bail;
use anyhow::ensure;
use marketplace_core::{AnyMessage, Message, Orientation, Pattern, Role, Topic};
#[cfg(feature = "codec")]
use serde::{Serialize, de::DeserializeOwned};

#[cfg(feature = "codec")]
use crate::codec::{Key, Wire};

/// A type of messages that a link shares: which endpoints it tells of, and which messages it carries.
///
/// # Examples
///
/// ```
/// use driver_link::Shared;
/// use marketplace_core::{Message, topic};
///
/// #[derive(Debug, Message)]
/// struct Said { room: String, text: String }
///
/// let all = Shared::<Said>::new();
/// let one_room = Shared::<Said>::new().within(topic!(Said { room: "lobby".to_owned(), .. }));
/// ```
pub struct Shared<M: Message> {
    outward: M::Pattern,
    inward: M::Pattern,
    #[cfg(feature = "codec")]
    wire: Option<Wire>,
}

/// The types that a link shares, by Rust type. A ground's own list; what two grounds share is what both list.
#[derive(Debug, Default)]
pub struct SharedTypes {
    types: Vec<SharedType>,
    places: HashMap<TypeId, usize>,
    #[cfg(feature = "codec")]
    wires: HashMap<Key, usize>,
}

/// A type that a link shares, whichever it is.
pub struct SharedType {
    message_type: TypeId,
    type_name: &'static str,
    outward: Topic,
    inward: Topic,
    of_type: Box<dyn OfType>,
}

/// What it takes the Rust type to know.
trait OfType: Send + Sync {
    fn passes_outward(&self, message: &AnyMessage) -> bool;
    fn passes_inward(&self, message: &AnyMessage) -> bool;
    #[cfg(feature = "codec")]
    fn wire(&self) -> Option<&Wire>;
}

impl<M: Message> Shared<M> {
    /// All messages of the type. They go where the memory is shared: to other threads.
    ///
    /// A type whose messages have a meaning in one ground only ([`Message::IS_LOCAL`]), such as the questions of
    /// [`ask`](marketplace_core::Network::ask), cannot be shared:
    ///
    /// ```compile_fail,E0080
    /// driver_link::Shared::<marketplace_core::Stopping>::new();
    /// ```
    #[must_use]
    pub fn new() -> Self {
        const {
            assert!(
                !M::IS_LOCAL,
                "these messages have a meaning in one ground only, so they cannot be shared over a link"
            );
        }
        Self {
            outward: M::Pattern::any(),
            inward: M::Pattern::any(),
            #[cfg(feature = "codec")]
            wire: None,
        }
    }

    /// They go to other programs too: those that share a type under the same name and version.
    ///
    /// A name takes 1 to 255 bytes, and should be one that nobody else gives to another type, such as
    /// `example.org/chat/Said`. Give the type another version whenever what serde makes of it, or of its pattern, changes:
    /// its fields or variants, their order, their types.
    ///
    /// # Examples
    ///
    /// ```
    /// use driver_link::Shared;
    /// use marketplace_core::Message;
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Debug, Message, Serialize, Deserialize)]
    /// #[message(serde)]
    /// struct Said { room: String, text: String }
    ///
    /// let said = Shared::<Said>::new().named("example.org/chat/Said", 1);
    /// ```
    #[cfg(feature = "codec")]
    #[must_use]
    pub fn named(self, name: impl Into<Arc<str>>, version: u32) -> Self
    where
        M: Serialize + DeserializeOwned,
        M::Pattern: Serialize + DeserializeOwned,
    {
        Self { wire: Some(Wire::of::<M>(name.into(), version)), ..self }
    }

    /// Only what is within `topic` goes out: of endpoints here that part is told, and no other message leaves. Subscribers
    /// over there are mirrored as far as messages go out to them.
    #[must_use]
    pub fn outward(self, topic: M::Pattern) -> Self {
        Self { outward: topic, ..self }
    }

    /// Only what is within `topic` comes in, whatever the other side says: of endpoints over there that part is
    /// mirrored, and no other message is let in. Subscribers here are told of as far as messages are let in to them.
    #[must_use]
    pub fn inward(self, topic: M::Pattern) -> Self {
        Self { inward: topic, ..self }
    }

    /// Only what is within `topic` goes out or comes in.
    #[must_use]
    pub fn within(self, topic: M::Pattern) -> Self {
        self.outward(topic.clone()).inward(topic)
    }
}

impl<M: Message> Default for Shared<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Message> fmt::Debug for Shared<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("outward", &self.outward).field("inward", &self.inward).finish()
    }
}

impl<M: Message> OfType for Shared<M> {
    fn passes_outward(&self, message: &AnyMessage) -> bool {
        message.downcast_ref().is_some_and(|message| self.outward.matches(message))
    }

    fn passes_inward(&self, message: &AnyMessage) -> bool {
        message.downcast_ref().is_some_and(|message| self.inward.matches(message))
    }

    #[cfg(feature = "codec")]
    fn wire(&self) -> Option<&Wire> {
        self.wire.as_ref()
    }
}

impl<M: Message> From<Shared<M>> for SharedType {
    fn from(shared: Shared<M>) -> Self {
        let (outward, inward) = (Topic::new(shared.outward.clone()), Topic::new(shared.inward.clone()));
        Self {
            message_type: TypeId::of::<M>(),
            type_name: outward.type_name(),
            outward,
            inward,
            of_type: Box::new(shared),
        }
    }
}

impl SharedType {
    /// The Rust type of its messages.
    #[must_use]
    pub const fn message_type(&self) -> TypeId {
        self.message_type
    }

    /// The name of that type, for diagnostics.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// What of the endpoints here is told, if anything. A subscriber is told of as far as messages are let in to it:
    /// otherwise a publisher over there would speak to it in vain.
    pub(crate) fn told(&self, orientation: Orientation) -> Option<Topic> {
        match orientation {
            Orientation::Publisher => Some(self.outward.clone()),
            Orientation::Subscriber => self.outward.intersection(&self.inward),
        }
    }

    /// What of an endpoint over there is mirrored, if anything. A subscriber is mirrored as far as messages go out to it.
    pub(crate) fn mirrored(&self, role: &Role) -> Option<Topic> {
        let topic = self.inward.intersection(&role.topic)?;
        match role.orientation {
            Orientation::Publisher => Some(topic),
            Orientation::Subscriber => self.outward.intersection(&topic),
        }
    }

    pub(crate) fn passes_outward(&self, message: &AnyMessage) -> bool {
        self.of_type.passes_outward(message)
    }

    pub(crate) fn passes_inward(&self, message: &AnyMessage) -> bool {
        self.of_type.passes_inward(message)
    }

    /// How it travels to other programs, if it does.
    #[cfg(feature = "codec")]
    pub(crate) fn wire(&self) -> Option<&Wire> {
        self.of_type.wire()
    }
}

impl fmt::Debug for SharedType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedType({})", self.type_name)
    }
}

impl SharedTypes {
    /// Lists types.
    ///
    /// # Errors
    ///
    /// If a type is there twice, or a name; or if other programs could not tell two of them apart.
    pub fn new(types: impl IntoIterator<Item = SharedType>) -> anyhow::Result<Self> {
        let mut listed = Self::default();
        types.into_iter().try_for_each(|shared| listed.add(shared))?;
        Ok(listed)
    }

    fn add(&mut self, shared: SharedType) -> anyhow::Result<()> {
        let place = self.types.len();
        let is_new = self.places.insert(shared.message_type, place).is_none();
        ensure!(is_new, "{} is shared twice by one link", shared.type_name);
        #[cfg(feature = "codec")]
        if let Some(wire) = shared.wire() {
            self.name(wire, place)?;
        }
        self.types.push(shared);
        Ok(())
    }

    #[cfg(feature = "codec")]
    fn name(&mut self, wire: &Wire, place: usize) -> anyhow::Result<()> {
        wire.check()?;
        for (_, other) in self.wires() {
            ensure!(other.name() != wire.name(), "{wire} and {other} are shared under one name");
        }
        if let Some(other) = self.wires.insert(wire.key(), place) {
            bail!("{wire} and {:?} have the same key: give one of them another name", self.types[other]);
        }
        Ok(())
    }

    /// The types that travel to other programs.
    #[cfg(feature = "codec")]
    pub(crate) fn wires(&self) -> impl Iterator<Item = (TypeId, &Wire)> {
        self.types.iter().filter_map(|shared| Some((shared.message_type, shared.wire()?)))
    }

    /// The type that travels under this key, if it is shared.
    #[cfg(feature = "codec")]
    pub(crate) fn wire(&self, key: Key) -> Option<&Wire> {
        self.types.get(*self.wires.get(&key)?)?.wire()
    }

    /// What is known of a type, if it is shared.
    #[must_use]
    pub fn get(&self, message_type: TypeId) -> Option<&SharedType> {
        self.types.get(*self.places.get(&message_type)?)
    }

    /// The types, in the order in which they were listed.
    pub fn iter(&self) -> impl Iterator<Item = &SharedType> {
        self.types.iter()
    }
}
