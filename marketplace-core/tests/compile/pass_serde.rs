//! What compiles with `#[message(serde)]`, without a warning, where every lint that users are likely to set is an error,
//! and where serde has another name.

#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations)]
#![forbid(unsafe_code, non_snake_case, dead_code)]
#![deny(unused_qualifications, unused, let_underscore_drop, single_use_lifetimes)]

extern crate serde as other;

use marketplace_core::{Message, topic};
use other::de::DeserializeOwned;

/// A struct of another's names.
mod serde {
    pub(crate) mod de {}
}

/// Where a facade has the core.
pub mod facade {
    pub use marketplace_core;
}

/// A message.
#[derive(Debug, Message, other::Serialize, other::Deserialize)]
#[serde(crate = "other")]
#[message(serde, lossy)]
pub struct Said {
    /// Documented, as everything public.
    pub r#type: u8,
    text: String,
}

/// A message that only its patterns' side of goes through serde.
#[derive(Debug, Message)]
#[message(crate = "crate::facade::marketplace_core", serde)]
pub enum Address<T> {
    /// With a name.
    Remote {
        /// Which.
        host: String,
        /// And where in it.
        part: Option<T>,
    },
    /// With a number.
    Handle(u8),
    /// None.
    None,
}

/// A message with parameters.
#[derive(Debug, Message)]
#[message(serde)]
pub struct Envelope<T, const N: usize = 2>
where
    T: Clone,
{
    /// Documented, as everything public.
    pub body: Option<T>,
    #[message(leaf)]
    seal: [u8; N],
}

/// A parameter that no pattern needs, of a type without a name for its fields.
#[derive(Debug, Message)]
#[message(serde)]
pub struct Opaque<T>(u8, #[message(skip)] T);

/// A message without values.
#[derive(Debug, Message)]
#[message(serde)]
pub enum Never {}

/// A message without parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Message)]
#[message(serde)]
pub struct Unit;

/// A recursive type, as a leaf.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Message, other::Serialize, other::Deserialize)]
#[serde(crate = "other")]
#[message(leaf, serde)]
pub struct List<T>(Option<Box<(T, List<T>)>>);

/// What serde knows nothing of.
#[derive(Clone, Debug, Message)]
pub struct Local;

fn travels<P: other::Serialize + DeserializeOwned>(_: &P) {}

fn main() {
    travels(&topic!(Said { text: "hello".into(), .. }));
    travels(&topic!(Address::<List<u8>>::Remote { part: Some(List(None)), .. }));
    travels(&topic!(Envelope { body: Some(Unit), seal: [1, 2] }));
    travels(&topic!(Opaque::<Local>(1, _)));
    travels(&NeverPattern::Any);
    travels(&UnitPattern);
    let said = Said { r#type: 1, text: String::new() };
    let envelope = Envelope { body: Some(Unit), seal: [1, 2] };
    let opaque = Opaque(1, Local);
    println!("{} {:?} {:?} {:?}", said.text, envelope.seal, opaque.0, opaque.1);
    for address in [Address::Remote { host: String::new(), part: Some(1_u8) }, Address::Handle(2), Address::None] {
        println!("{address:?}");
    }
}
