//! A shared type in packets: its name and version, and the encoding of its messages and patterns.

use std::any::Any;
use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use anyhow::ensure;
use marketplace_core::{AnyMessage, Message, Topic};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::limit::Budget;
use super::reader::Reader;
use super::refusal::Refusal;
use super::writer::Writer;

/// A type that is shared with other programs.
pub(crate) struct Wire {
    name: Arc<str>,
    version: u32,
    key: Key,
    type_name: &'static str,
    form: Box<dyn Form>,
}

/// The key of a type in packets, made from its name and version.
pub(crate) type Key = [u8; 8];

/// The encoding of a type's messages and patterns.
trait Form: Send + Sync {
    fn write_message(&self, message: &AnyMessage, writer: &mut Writer) -> Result<(), Refusal>;
    fn write_topic(&self, topic: &Topic, writer: &mut Writer) -> Result<(), Refusal>;
    fn read_message(&self, reader: &mut Reader<'_>) -> Result<AnyMessage, Refusal>;
    fn read_topic(&self, reader: &mut Reader<'_>) -> Result<Topic, Refusal>;
}

struct Serial<M>(PhantomData<fn() -> M>);

/// The maximum length of a type's name in bytes.
const LONGEST_NAME: usize = 255;

impl Wire {
    pub(crate) fn of<M>(name: Arc<str>, version: u32) -> Self
    where
        M: Message<Pattern: Serialize + DeserializeOwned> + Serialize + DeserializeOwned,
    {
        let form = Box::new(Serial::<M>(PhantomData));
        let key = key(&name, version);
        Self { name, version, key, type_name: std::any::type_name::<M>(), form }
    }

    /// # Errors
    ///
    /// If its name is empty or too long.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let Self { name, type_name, .. } = self;
        let length = name.len();
        ensure!(
            (1..=LONGEST_NAME).contains(&length),
            "{type_name} is shared under a name of {length} bytes: a name has 1 to {LONGEST_NAME}"
        );
        Ok(())
    }

    pub(crate) const fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(crate) const fn version(&self) -> u32 {
        self.version
    }

    /// Two types with different names and versions may have the same key, so the list of types checks that.
    pub(crate) const fn key(&self) -> Key {
        self.key
    }

    pub(super) fn write_message(&self, message: &AnyMessage, writer: &mut Writer) -> Result<(), Refusal> {
        self.named("a message", || self.form.write_message(message, writer))
    }

    pub(super) fn write_topic(&self, topic: &Topic, writer: &mut Writer) -> Result<(), Refusal> {
        self.named("a pattern", || self.form.write_topic(topic, writer))
    }

    pub(super) fn read_message(&self, bytes: &[u8], budget: &mut Budget) -> Result<AnyMessage, Refusal> {
        self.read("a message", bytes, budget, |reader| self.form.read_message(reader))
    }

    pub(super) fn read_topic(&self, bytes: &[u8], budget: &mut Budget) -> Result<Topic, Refusal> {
        self.check_pattern(budget, bytes)?;
        self.read("a pattern", bytes, budget, |reader| self.form.read_topic(reader))
    }

    /// Refuses a pattern that is too long.
    pub(super) fn check_pattern(&self, budget: &Budget, bytes: &[u8]) -> Result<(), Refusal> {
        budget.check_pattern(bytes).map_err(|why| why.of(format_args!("a pattern of {self}")))
    }

    /// Reads a value, which must use all of the bytes.
    fn read<T>(
        &self,
        what: &str,
        bytes: &[u8],
        budget: &mut Budget,
        read: impl FnOnce(&mut Reader<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut reader = Reader::new(bytes, *budget);
        let value = self.named(what, || {
            let value = read(&mut reader)?;
            match reader.rest().len() {
                0 => Ok(value),
                left => Err(Refusal::new(format_args!("{left} bytes are left over"))),
            }
        });
        *budget = reader.budget();
        value
    }

    /// Runs users' code, and adds the type to an error.
    fn named<T>(&self, what: &str, run: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
        contained(run).map_err(|why| why.of(format_args!("{what} of {self}")))
    }
}

/// The FNV-1a hash of a type's name, a zero, and the four bytes of its version, the lowest first.
fn key(name: &str, version: u32) -> Key {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let bytes = name.bytes().chain([0]).chain(version.to_le_bytes());
    bytes.fold(BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME)).to_le_bytes()
}

/// Runs users' code, and turns a panic into an error.
pub(super) fn contained<T>(run: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = words(&*panic);
        // The payload of the panic may panic when it is dropped.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(panic)));
        Err(Refusal::new(format_args!("panicked: {text}")))
    })
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "with no text".to_owned())
}

impl<M> Form for Serial<M>
where
    M: Message<Pattern: Serialize + DeserializeOwned> + Serialize + DeserializeOwned,
{
    fn write_message(&self, message: &AnyMessage, writer: &mut Writer) -> Result<(), Refusal> {
        let message: &M = message.downcast_ref().ok_or_else(|| Refusal::new("it is of another type"))?;
        message.serialize(writer)
    }

    fn write_topic(&self, topic: &Topic, writer: &mut Writer) -> Result<(), Refusal> {
        let pattern = topic.downcast_ref::<M>().ok_or_else(|| Refusal::new("it is of another type"))?;
        pattern.serialize(writer)
    }

    fn read_message(&self, reader: &mut Reader<'_>) -> Result<AnyMessage, Refusal> {
        M::deserialize(reader).map(AnyMessage::new)
    }

    fn read_topic(&self, reader: &mut Reader<'_>) -> Result<Topic, Refusal> {
        M::Pattern::deserialize(reader).map(Topic::new)
    }
}

/// The Rust type, with its name and version for other programs.
impl Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, version, type_name, .. } = self;
        write!(f, "{type_name} ({name:?}, version {version})")
    }
}
