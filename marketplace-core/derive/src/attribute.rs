//! `#[message(…)]`: how a type or a field asks to be matched on.

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Ident, Result, Token};

/// What `#[message(…)]` can say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Matched on as a whole.
    Leaf,
    /// Never matched on.
    Skip,
}

/// The mark of a type, which can only be [`Mark::Leaf`].
pub(crate) fn of_type(attributes: &[Attribute]) -> Result<Option<Mark>> {
    find(attributes, "a type's is `leaf`", |name| (name == "leaf").then_some(Mark::Leaf))
}

/// The mark of a field.
pub(crate) fn of_field(attributes: &[Attribute]) -> Result<Option<Mark>> {
    find(attributes, "a field's are `leaf` and `skip`", |name| match name {
        "leaf" => Some(Mark::Leaf),
        "skip" => Some(Mark::Skip),
        _ => None,
    })
}

/// An error where any of these attributes is ours, because nothing of that kind can be marked.
pub(crate) fn none(attributes: &[Attribute], why: &str) -> Result<()> {
    match attributes.iter().find(|attribute| attribute.path().is_ident("message")) {
        Some(attribute) => Err(Error::new(attribute.span(), why)),
        None => Ok(()),
    }
}

fn find(attributes: &[Attribute], known: &str, parse: impl Fn(&str) -> Option<Mark>) -> Result<Option<Mark>> {
    let mut found = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("message")) {
        for name in attribute.parse_args_with(Punctuated::<Ident, Token![,]>::parse_terminated)? {
            let unknown = || Error::new(name.span(), format!("unknown attribute `{name}`: {known}"));
            let mark = parse(&name.to_string()).ok_or_else(unknown)?;
            only_one(&mut found, mark, name.span())?;
        }
    }
    Ok(found)
}

fn only_one(found: &mut Option<Mark>, mark: Mark, span: Span) -> Result<()> {
    match found.replace(mark) {
        Some(_) => Err(Error::new(span, "one mark is enough: a part is a leaf, or skipped")),
        None => Ok(()),
    }
}
