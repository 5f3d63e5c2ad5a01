//! The macros of marketplace-core: `#[derive(Message)]`, which it re-exports, and what its `topic!` calls.

mod attribute;
mod choose;
mod compare;
mod define;
mod describe;
mod differ;
mod field;
mod form;
mod message;
mod model;
mod name;
mod parse;
mod position;
mod serde;
mod topic;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a type a message, or a part of messages, and writes the type of its patterns.
///
/// For a type `Name` the pattern type is `NamePattern`, as visible as `Name`: for a struct a struct of its
/// fields' patterns; for an enum an enum with the variant `Any` and one variant for each of `Name`'s, of its
/// fields' patterns. Names and visibilities of fields are kept. A generic type's parameters are bound by
/// `Message`, in the pattern type too.
///
/// Each part's type must be a `Message` itself. Other parts are marked:
///
/// * `#[message(leaf)]` on a field: it is matched on as a whole, by `==`. Its type must be `Eq + Hash + Clone`
///   (and `Debug + Send + Sync`). The field's pattern is a `Leaf`.
/// * `#[message(leaf)]` on the struct or enum: the same for the type, wherever it is a part. There is no
///   `NamePattern` then.
/// * `#[message(skip)]` on a field: it is never matched on and has no place in the pattern. `Pattern::value`
///   of the struct, or of the variant, is then always `None`, as a pattern cannot say what the field would hold.
///   In a tuple, skipped fields come last.
///
/// `#[message(lossy)]` on the struct or enum says that it is normal if nobody takes one of its messages: then no warning
/// tells of it.
///
/// `#[message(local)]` says that its messages have a meaning in one ground only, since there is a Pid in them, say: then it
/// cannot be shared over a link.
///
/// `#[message(serde)]` on the struct or enum, with the core's feature `serde`: its patterns implement serde's `Serialize`
/// and `Deserialize`, as long as those of its parts do. A leaf's do where the leaf's type does; each other part's type is
/// marked so too. The values' own side is serde's derive, as ever:
/// `#[derive(Debug, Message, Serialize, Deserialize)]`. What serde's attributes say of a value's field, its pattern does
/// not follow.
///
/// The core is found under the name that the crate's manifest gives it. Where the manifest does not name it, because
/// the crate reaches it by what another crate re-exports, say the path on the struct or enum:
/// `#[message(crate = "facade::marketplace_core")]`. All of the core has to be there: `pub use marketplace_core;`, or
/// `pub use marketplace_core::*;`.
///
/// A message may have no more than 64 positions: one for each leaf, and for each enum one for the choice and
/// those of all variants' fields. More is a compile error; for a generic type, only where the type is used, and
/// only once code is generated (`cargo build` and not `cargo check`).
#[proc_macro_derive(Message, attributes(message))]
pub fn derive_message(input: TokenStream) -> TokenStream {
    message::derive(&parse_macro_input!(input as DeriveInput))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// What the core's `topic!` calls: the path of the core, then what `topic!` was given.
#[doc(hidden)]
#[proc_macro]
pub fn topic(input: TokenStream) -> TokenStream {
    topic::expand(input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
