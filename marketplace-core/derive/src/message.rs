//! `#[derive(Message)]`.
//!
//! For `enum Address { Port { number: u16 }, Unix(PathBuf) }` it writes this (paths and doc comments are left out):
//!
//! ```text
//! enum AddressPattern {
//!     Any,
//!     Port { number: <u16 as Message>::Pattern },
//!     Unix(<PathBuf as Message>::Pattern),
//! }
//! const _: () = {
//!     impl Message for Address { type Pattern = AddressPattern; }
//!     impl AddressPattern { const __STARTS: [u32; 3] = …; }   // where each field's positions start
//!     impl Pattern for AddressPattern { … }
//!     // Clone, PartialEq, Eq, Hash and Debug for AddressPattern
//!     struct __Port<P0> { number: P0 }                        // for `topic!`
//!     struct __Unix<P0>(P0);
//!     impl AddressPattern { fn __topic_Port(&self) -> __Port<…>; fn __pinned_Port(self, __Port<…>) -> Self; … }
//!     const _: u32 = AddressPattern::POSITIONS;               // an error here if there are too many
//! };
//! ```
//!
//! A struct's pattern is a struct. It needs nothing for `topic!`, which assigns to its fields.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Path, Result, parse_quote};

use crate::model::{self, Model};
use crate::{attribute, choose, compare, define, describe, name, position};

/// The type's pattern type, and everything that is implemented for both.
pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let attribute::Type { mark, is_lossy, is_local, is_serde, core } = attribute::of_type(&input.attrs)?;
    let marketplace = name::core(core)?;
    let lossy = is_lossy.then(|| {
        quote!(
            const IS_LOSSY: bool = true;
        )
    });
    let local = is_local.then(|| {
        quote!(
            const IS_LOCAL: bool = true;
        )
    });
    let constants = quote!(#lossy #local);
    if mark.is_some() {
        return leaf(input, &marketplace, &constants);
    }
    let model = Model::new(input, marketplace, is_serde)?;
    let definition = define::definition(&model);
    let message = message(&model, &constants);
    let starts = position::starts(&model);
    let pattern = describe::pattern(&model);
    let comparisons = compare::comparisons(&model);
    let constructors = choose::constructors(&model);
    let check = position::check(&model);
    Ok(quote! {
        #definition
        const _: () = {
            #message
            #starts
            #pattern
            #comparisons
            #constructors
            #check
        };
    })
}

fn message(model: &Model, constants: &TokenStream) -> TokenStream {
    let Model { marketplace, name, pattern, generics, .. } = model;
    let (parameters, arguments, bounds) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #parameters #marketplace::Message for #name #arguments #bounds {
            type Pattern = #pattern #arguments;
            #constants
        }
    }
}

/// A type that is matched on as a whole.
fn leaf(input: &DeriveInput, marketplace: &Path, constants: &TokenStream) -> Result<TokenStream> {
    for field in fields(&input.data) {
        attribute::none(&field.attrs, "the type is a leaf: its fields cannot have this attribute")?;
    }
    let name = &input.ident;
    let mut generics = model::bound(&input.generics, marketplace)?;
    if !generics.params.is_empty() {
        let (_, arguments, _) = input.generics.split_for_impl();
        let whole: syn::WherePredicate = parse_quote! {
            #name #arguments: ::core::cmp::Eq + ::core::hash::Hash + ::core::clone::Clone
        };
        generics.make_where_clause().predicates.push(whole);
    }
    let (parameters, arguments, bounds) = generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #parameters #marketplace::Message for #name #arguments #bounds {
            type Pattern = #marketplace::Leaf<Self>;
            #constants
        }
    })
}

fn fields(data: &Data) -> Vec<&syn::Field> {
    match data {
        Data::Struct(data) => data.fields.iter().collect(),
        Data::Enum(data) => data.variants.iter().flat_map(|variant| &variant.fields).collect(),
        Data::Union(_) => Vec::new(),
    }
}
