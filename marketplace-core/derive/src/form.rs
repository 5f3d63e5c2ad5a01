//! A form of values: the only one of a struct, or a variant of an enum.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Error, Fields, Ident, Member, Path, Result, Variant};

use crate::attribute::{self, Mark};
use crate::field::{Field, quiet_name};

pub(crate) struct Form {
    /// The variant's name, or the struct's.
    pub(crate) name: Ident,
    pub(crate) style: Style,
    /// The fields that are matched on.
    pub(crate) fields: Vec<Field>,
    /// Whether there are fields that are skipped.
    pub(crate) skips: bool,
    /// The type of the pattern's hidden last field. It is there for type parameters that no other field uses.
    pub(crate) marker: Option<TokenStream>,
    pattern_path: TokenStream,
    value_path: TokenStream,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Named,
    Tuple,
    Unit,
}

/// Whether code is about patterns or about the values that they describe.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Pattern,
    Value,
}

/// A topic counts a tuple's fields, so each must have the same number in the pattern.
const SKIPPED_FIRST: &str = "a field after a skipped one would have another number in the pattern: put \
                             skipped fields last, or name the fields";

impl Form {
    pub(crate) fn of_struct(name: &Ident, fields: &Fields, marketplace: &Path) -> Result<Self> {
        Self::new(name, [quote!(Self), quote!(#name)], fields, 0, marketplace)
    }

    /// A variant whose first field has the place `first`.
    pub(crate) fn of_variant(
        of: &Ident,
        variant: &Variant,
        first: usize,
        marketplace: &Path,
    ) -> Result<Self> {
        attribute::none(&variant.attrs, "a variant cannot have this attribute, only a type or a field")?;
        let name = &variant.ident;
        let quiet = quiet_name(name);
        Self::new(name, [quote!(Self::#quiet), quote!(#of::#name)], &variant.fields, first, marketplace)
    }

    fn new(
        name: &Ident,
        [pattern_path, value_path]: [TokenStream; 2],
        all: &Fields,
        first: usize,
        marketplace: &Path,
    ) -> Result<Self> {
        let mut fields = Vec::new();
        let mut skips = false;
        for (field, member) in all.iter().zip(all.members()) {
            let mark = attribute::of_field(&field.attrs)?;
            if mark == Some(Mark::Skip) {
                skips = true;
                continue;
            }
            if skips && field.ident.is_none() {
                return Err(Error::new_spanned(field, SKIPPED_FIRST));
            }
            fields.push(Field::new(field, member, mark, first + fields.len(), marketplace)?);
        }
        Ok(Self {
            name: quiet_name(name),
            style: match all {
                Fields::Named(_) => Style::Named,
                Fields::Unnamed(_) => Style::Tuple,
                Fields::Unit => Style::Unit,
            },
            fields,
            skips,
            marker: None,
            pattern_path,
            value_path,
        })
    }

    /// The form's name as a string, for `Debug`.
    pub(crate) fn display_name(&self) -> String {
        self.name.unraw().to_string()
    }

    /// `path { .. }`.
    pub(crate) fn unopened(&self, side: Side) -> TokenStream {
        let path = self.path(side);
        quote!(#path { .. })
    }

    /// `path { member: binding, .. }`, which also works for tuple and unit forms.
    pub(crate) fn apart(&self, side: Side, prefix: &str) -> TokenStream {
        let path = self.path(side);
        let members = self.members(side);
        let bindings = self.bindings(prefix);
        let partial = match side {
            Side::Pattern => self.marker.is_some(),
            Side::Value => self.skips,
        };
        let rest = partial.then(|| quote!(..));
        quote!(#path { #(#members: #bindings,)* #rest })
    }

    /// `path { member: expression }`, where `each` turns bindings with that prefix into expressions.
    pub(crate) fn together(
        &self,
        side: Side,
        prefix: &str,
        each: impl Fn(&Ident) -> TokenStream,
    ) -> TokenStream {
        let path = self.path(side);
        let members = self.members(side);
        let expressions = self.bindings(prefix).map(|binding| each(&binding));
        let marker = self.marker.as_ref().filter(|_| side == Side::Pattern).map(|_| {
            let member = self.marker_member();
            quote!(#member: ::core::marker::PhantomData)
        });
        quote!(#path { #(#members: #expressions,)* #marker })
    }

    /// A name for each field, in generated code.
    pub(crate) fn bindings(&self, prefix: &str) -> impl Iterator<Item = Ident> {
        (0..self.fields.len()).map(move |at| format_ident!("{prefix}{at}", span = Span::mixed_site()))
    }

    /// The name of the hidden field.
    pub(crate) fn marker_member(&self) -> Member {
        match self.style {
            Style::Tuple => Member::from(self.fields.len()),
            Style::Named | Style::Unit => Member::from(format_ident!("__marker")),
        }
    }

    fn members(&self, side: Side) -> impl Iterator<Item = &Member> {
        self.fields.iter().map(move |field| match side {
            Side::Pattern => &field.pattern_member,
            Side::Value => &field.member,
        })
    }

    fn path(&self, side: Side) -> &TokenStream {
        match side {
            Side::Pattern => &self.pattern_path,
            Side::Value => &self.value_path,
        }
    }
}
