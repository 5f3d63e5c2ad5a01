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

/// A message type that a link shares, with filters for the endpoints and messages that cross; see [`Link::share`](crate::Link::share).
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

/// The list of types that a ground shares. Two grounds share the types that are in both lists. Only authors of transports
/// need it.
#[derive(Debug, Default)]
pub struct SharedTypes {
    types: Vec<SharedType>,
    places: HashMap<TypeId, usize>,
    #[cfg(feature = "codec")]
    wires: HashMap<Key, usize>,
}

/// A [`Shared`] without its type parameter.
pub struct SharedType {
    message_type: TypeId,
    type_name: &'static str,
    outward: Topic,
    inward: Topic,
    of_type: Box<dyn OfType>,
}

/// The parts that need the Rust type.
trait OfType: Send + Sync {
    fn passes_outward(&self, message: &AnyMessage) -> bool;
    fn passes_inward(&self, message: &AnyMessage) -> bool;
    #[cfg(feature = "codec")]
    fn wire(&self) -> Option<&Wire>;
}

impl<M: Message> Shared<M> {
    /// Shares all messages of the type, between threads.
    ///
    /// A type whose messages have no meaning in another ground ([`Message::IS_LOCAL`]), such as the questions of
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
                "messages of this type have no meaning in another ground, so they cannot be shared over a link"
            );
        }
        Self {
            outward: M::Pattern::any(),
            inward: M::Pattern::any(),
            #[cfg(feature = "codec")]
            wire: None,
        }
    }

    /// Shares the messages with other programs too: with those that share a type under the same name and version.
    ///
    /// A name has 1 to 255 bytes. It should be globally unique, such as `example.org/chat/Said`. Give the type another version
    /// whenever its encoding by serde changes, or that of its pattern: if fields or variants, their order, or their types
    /// change.
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

    /// Lets out only what `topic` describes. Endpoints of this ground appear in others with the intersection of their topic
    /// and this one, and other messages do not leave. Subscribers of other grounds appear here as far as messages can reach
    /// them.
    #[must_use]
    pub fn outbound(self, topic: M::Pattern) -> Self {
        Self { outward: topic, ..self }
    }

    /// Lets in only what `topic` describes, whatever the other side sends. Endpoints of other grounds appear here with the
    /// intersection of their topic and this one, and other messages do not enter. Subscribers of this ground appear in others
    /// as far as messages can reach them.
    #[must_use]
    pub fn inbound(self, topic: M::Pattern) -> Self {
        Self { inward: topic, ..self }
    }

    /// Lets out and in only what `topic` describes: [`outbound`](Self::outbound) and [`inbound`](Self::inbound) in one call.
    #[must_use]
    pub fn within(self, topic: M::Pattern) -> Self {
        self.outbound(topic.clone()).inbound(topic)
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

    /// The part of a local endpoint that others see, if any. A subscriber is visible only as far as messages can enter:
    /// otherwise a publisher in another ground would send messages that never arrive.
    pub(crate) fn told(&self, orientation: Orientation) -> Option<Topic> {
        match orientation {
            Orientation::Publisher => Some(self.outward.clone()),
            Orientation::Subscriber => self.outward.intersection(&self.inward),
        }
    }

    /// The part of a remote endpoint that is mirrored here, if any. A subscriber is mirrored only as far as messages can leave.
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

    /// Its encoding for other programs, if it has a name.
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
    /// A list of types.
    ///
    /// # Errors
    ///
    /// If a type or a name occurs twice, or if two names have the same key for other programs.
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

    /// The types that are shared with other programs.
    #[cfg(feature = "codec")]
    pub(crate) fn wires(&self) -> impl Iterator<Item = (TypeId, &Wire)> {
        self.types.iter().filter_map(|shared| Some((shared.message_type, shared.wire()?)))
    }

    /// The type with this key, if it is shared.
    #[cfg(feature = "codec")]
    pub(crate) fn wire(&self, key: Key) -> Option<&Wire> {
        self.types.get(*self.wires.get(&key)?)?.wire()
    }

    /// The entry of a type, if it is shared.
    #[must_use]
    pub fn get(&self, message_type: TypeId) -> Option<&SharedType> {
        self.types.get(*self.places.get(&message_type)?)
    }

    /// The types, in the order in which they were listed.
    pub fn iter(&self) -> impl Iterator<Item = &SharedType> {
        self.types.iter()
    }
}
