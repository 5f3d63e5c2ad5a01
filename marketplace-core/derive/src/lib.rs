//! The macros of marketplace-core: `#[derive(Message)]`, which it re-exports, and the macro that its `topic!` calls.

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
/// The pattern type of a type `Name` is `NamePattern`, with the same visibility. For a struct it is a struct of its
/// fields' patterns. For an enum it is an enum with the variant `Any`, and one variant for each variant of `Name`,
/// with the fields' patterns. Names and visibilities of fields are kept. The parameters of a generic type are bound
/// by `Message`, also in the pattern type.
///
/// The type of each part must implement `Message`, too. Other parts are marked:
///
/// * `#[message(leaf)]` on a field: it is matched on as a whole, by `==`. Its type must be `Eq + Hash + Clone` (and
///   `Debug + Send + Sync`). The field's pattern is a `Leaf`.
/// * `#[message(leaf)]` on the struct or enum: the same for the type, wherever it is a part. There is no
///   `NamePattern` then.
/// * `#[message(skip)]` on a field: it is never matched on and is not in the pattern. `Pattern::value` of the struct,
///   or of the variant, is then always `None`, since a pattern does not know the field. In a tuple, skipped fields
///   come last.
///
/// `#[message(lossy)]` on the struct or enum says that it is normal if one of its messages has no receiver. Then no
/// warning is logged.
///
/// `#[message(local)]` says that its messages mean something in one ground only, for example because a Pid is a part
/// of them. They cannot be shared over a link.
///
/// `#[message(serde)]` on the struct or enum needs the core's feature `serde`. Its patterns then implement serde's
/// `Serialize` and `Deserialize`, if the patterns of its parts do. A leaf's pattern does if the leaf's type does. The
/// type of each other part must be marked in the same way. Values use serde's own derives: `#[derive(Debug, Message,
/// Serialize, Deserialize)]`. Serde's attributes on a field apply to values, not to patterns.
///
/// The derive finds the core under the name that the crate's manifest gives it. If the manifest does not name it,
/// because another crate re-exports it, give the path on the struct or enum: `#[message(crate =
/// "facade::marketplace_core")]`. The whole core must be there: `pub use marketplace_core;`, or `pub use
/// marketplace_core::*;`.
///
/// A message may have up to 64 positions: one for each leaf; and for each enum, one for the choice and those of the
/// fields of all variants. More positions are a compile error. For a generic type the error appears only where the
/// type is used, and only when code is generated (by `cargo build`, not by `cargo check`).
#[proc_macro_derive(Message, attributes(message))]
pub fn derive_message(input: TokenStream) -> TokenStream {
    message::derive(&parse_macro_input!(input as DeriveInput))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// What the core's `topic!` calls, with the path of the core and then the input of `topic!`.
#[doc(hidden)]
#[proc_macro]
pub fn topic(input: TokenStream) -> TokenStream {
    topic::expand(input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
