//! A field that is matched on.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Ident, Member, Path, Result, Type, Visibility};

use crate::attribute::Mark;

pub(crate) struct Field {
    /// Its name in the value.
    pub(crate) member: Member,
    /// Its name in the pattern.
    pub(crate) pattern_member: Member,
    /// How visible it is, in the pattern too.
    pub(crate) visibility: TokenStream,
    /// Its pattern's type.
    pub(crate) pattern: TokenStream,
    /// Its place among the fields of all variants, which is its place in the table of starts.
    pub(crate) place: usize,
}

impl Field {
    pub(crate) fn new(
        field: &syn::Field,
        member: Member,
        mark: Option<Mark>,
        place: usize,
        marketplace: &Path,
    ) -> Result<Self> {
        refuse(&field.ty, mark)?;
        Ok(Self {
            pattern_member: match &member {
                Member::Named(name) => Member::Named(quiet_name(name)),
                number @ Member::Unnamed(_) => number.clone(),
            },
            member,
            visibility: quiet(&field.vis),
            pattern: pattern(&field.ty, mark, marketplace),
            place,
        })
    }

    /// The doc comment of the pattern's field.
    pub(crate) fn doc(&self) -> TokenStream {
        let text = match &self.member {
            Member::Named(name) => format!("What is asked of `{name}`."),
            Member::Unnamed(index) => format!("What is asked of field {}.", index.index),
        };
        quote!(#[doc = #text])
    }
}

/// One clear error for common mistakes, instead of a dozen from the compiler.
fn refuse(value: &Type, mark: Option<Mark>) -> Result<()> {
    match mark {
        None if is_collection(value) => Err(Error::new_spanned(
            value,
            "the parts of a collection cannot be matched on: mark the field `#[message(leaf)]` (matched on as a whole) \
             or `#[message(skip)]` (never matched on)",
        )),
        Some(Mark::Leaf) if is_named(value, &["f32", "f64"]) => Err(Error::new_spanned(
            value,
            "a float is not `Eq`: leave out `leaf`, then it is matched on by its bits",
        )),
        _ => Ok(()),
    }
}

fn is_collection(value: &Type) -> bool {
    matches!(value, Type::Array(_) | Type::Slice(_))
        || is_named(value, &["Vec", "VecDeque", "BTreeMap", "BTreeSet", "HashMap", "HashSet"])
}

fn is_named(value: &Type, names: &[&str]) -> bool {
    match value {
        Type::Path(path) => {
            path.path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
        }
        _ => false,
    }
}

fn pattern(value: &Type, mark: Option<Mark>, marketplace: &Path) -> TokenStream {
    let span = value.span().resolved_at(Span::call_site());
    match mark {
        Some(_) => quote_spanned!(span=> #marketplace::Leaf<#value>),
        None => quote_spanned!(span=> <#value as #marketplace::Message>::Pattern),
    }
}

/// A visibility that lints do not attribute to the user, who has been warned about his own one already.
pub(crate) fn quiet(visibility: &Visibility) -> TokenStream {
    requieted(visibility.to_token_stream())
}

/// A name that lints do not attribute to the user.
pub(crate) fn quiet_name(name: &Ident) -> Ident {
    let mut name = name.clone();
    name.set_span(name.span().resolved_at(Span::call_site()));
    name
}

fn requieted(tokens: TokenStream) -> TokenStream {
    tokens.into_iter().map(requieted_tree).collect()
}

fn requieted_tree(mut tree: TokenTree) -> TokenTree {
    let span = tree.span().resolved_at(Span::call_site());
    if let TokenTree::Group(group) = &tree {
        tree = Group::new(group.delimiter(), requieted(group.stream())).into();
    }
    tree.set_span(span);
    tree
}
