//! `Pattern::difference`: the first field in which two patterns differ, or their choices of a variant.

use proc_macro2::TokenStream;
use quote::quote;

use crate::compare::member_name;
use crate::form::{Form, Side};
use crate::model::Model;

pub(crate) fn difference(model: &Model) -> TokenStream {
    let marketplace = &model.marketplace;
    let any = model.choice.then(|| quote!((Self::Any, _) | (_, Self::Any) => ::core::option::Option::None,));
    let forms = model.forms.iter().map(|form| within(model, form));
    let others = (model.forms.len() > 1).then(|| choices(model));
    quote! {
        fn difference(&self, other: &Self) -> ::core::option::Option<#marketplace::Difference> {
            match (self, other) { #any #(#forms)* #others }
        }
    }
}

/// The case that both have this form.
fn within(model: &Model, form: &Form) -> TokenStream {
    let marketplace = &model.marketplace;
    let (own, theirs) = (form.apart(Side::Pattern, "own"), form.apart(Side::Pattern, "their"));
    let (own_fields, their_fields) = (form.bindings("own"), form.bindings("their"));
    let names = form.fields.iter().map(|field| member_name(&field.member));
    quote! {
        (#own, #theirs) => ::core::option::Option::None
            #(.or_else(|| #marketplace::macros::difference(#own_fields, #their_fields, #names)))*,
    }
}

/// The case that they have different variants.
fn choices(model: &Model) -> TokenStream {
    let marketplace = &model.marketplace;
    let names = model.forms.iter().map(|form| {
        let (form, name) = (form.unopened(Side::Pattern), form.display_name());
        quote!(#form => #name,)
    });
    quote! {
        _ => {
            let name = |choice: &Self| match choice { Self::Any => "_", #(#names)* };
            ::core::option::Option::Some(#marketplace::Difference::of_choices(name(self), name(other)))
        }
    }
}
