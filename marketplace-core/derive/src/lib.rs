//! The macros of marketplace-core, which re-exports and documents both: `#[derive(Message)]` and `topic!`.

mod attribute;
mod choose;
mod compare;
mod define;
mod describe;
mod field;
mod form;
mod message;
mod model;
mod parse;
mod position;
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
/// A message may have no more than 64 positions: one for each leaf, and for each enum one for the choice and
/// those of all variants' fields. More is a compile error; for a generic type, only where the type is used, and
/// only once code is generated (`cargo build` and not `cargo check`).
#[proc_macro_derive(Message, attributes(message))]
pub fn derive_message(input: TokenStream) -> TokenStream {
    message::derive(&parse_macro_input!(input as DeriveInput))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

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
/// An expression alone makes the pattern of just its value, which is borrowed too.
#[proc_macro]
pub fn topic(input: TokenStream) -> TokenStream {
    topic::expand(input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
