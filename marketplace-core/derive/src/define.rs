//! The definition of a pattern type.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;

use crate::form::{Form, Style};
use crate::model::Model;
use crate::serde;

pub(crate) fn definition(model: &Model) -> TokenStream {
    match model.forms.as_slice() {
        [form] if !model.choice => structure(model, form),
        variants => enumeration(model, variants),
    }
}

fn structure(model: &Model, form: &Form) -> TokenStream {
    let Model { pattern, visibility, generics, .. } = model;
    let (parameters, _, bounds) = generics.split_for_impl();
    let head = head(model);
    let fields = fields(model, form);
    match form.style {
        Style::Named => quote!(#head #visibility struct #pattern #parameters #bounds { #fields }),
        Style::Tuple => quote!(#head #visibility struct #pattern #parameters (#fields) #bounds;),
        Style::Unit => quote!(#head #visibility struct #pattern #parameters #bounds;),
    }
}

fn enumeration(model: &Model, variants: &[Form]) -> TokenStream {
    let Model { name, pattern, visibility, generics, .. } = model;
    let (parameters, _, bounds) = generics.split_for_impl();
    let head = head(model);
    let variants = variants.iter().map(|form| {
        let variant = &form.name;
        let fields = fields(model, form);
        let text =
            format!("[`{}::{}`], with what is asked of its fields.", name.unraw(), form.display_name());
        match form.style {
            Style::Named => quote!(#[doc = #text] #variant { #fields }),
            Style::Tuple => quote!(#[doc = #text] #variant(#fields)),
            Style::Unit => quote!(#[doc = #text] #variant),
        }
    });
    quote! {
        #head
        #visibility enum #pattern #parameters #bounds {
            /// Matches every value.
            Any,
            #(#variants,)*
        }
    }
}

/// The attributes above the definition.
fn head(model: &Model) -> TokenStream {
    let text = format!("The patterns of [`{}`].", model.name.unraw());
    let serde = serde::derives(model);
    quote!(#[doc = #text] #serde)
}

fn fields(model: &Model, form: &Form) -> TokenStream {
    let fields = form.fields.iter().map(|field| {
        let doc = field.doc();
        let visibility = &field.visibility;
        let pattern = &field.pattern;
        match &field.pattern_member {
            syn::Member::Named(name) => quote!(#doc #visibility #name: #pattern),
            syn::Member::Unnamed(_) => quote!(#doc #visibility #pattern),
        }
    });
    let marker = form.marker.as_ref().map(|marker| {
        let skip = serde::skip(model);
        match form.marker_member() {
            syn::Member::Named(name) => quote!(#skip #name: #marker),
            syn::Member::Unnamed(_) => quote!(#skip #marker),
        }
    });
    quote!(#(#fields,)* #marker)
}
