//! What `topic!` calls to write a pattern of one variant.
//!
//! An associated type cannot be named in a struct expression, so the macro cannot write `<TcpAddress as
//! Message>::Pattern::Listener { port: … }`. Instead a pattern type has two hidden methods for each variant: one
//! returns a struct of the variant's fields' patterns, each of them `any()`, and the other one turns this struct into
//! the pattern. Their names have the span of the macro itself, so that no lint reports them, and no `allow` is
//! needed, which would conflict with a user's `forbid`.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::Member;
use syn::ext::IdentExt;

use crate::form::{Form, Side, Style};
use crate::model::Model;

pub(crate) fn constructors(model: &Model) -> Option<TokenStream> {
    if !model.choice || model.forms.is_empty() {
        return None;
    }
    let Model { pattern, generics, .. } = model;
    let (parameters, arguments, bounds) = generics.split_for_impl();
    let structs = model.forms.iter().map(fields);
    let methods = model.forms.iter().map(|form| methods(model, form));
    Some(quote! {
        #(#structs)*

        #[automatically_derived]
        impl #parameters #pattern #arguments #bounds {
            #(#methods)*
        }
    })
}

/// The struct of a variant's fields, generic in their patterns.
fn fields(form: &Form) -> TokenStream {
    let name = fields_name(form);
    let patterns: Vec<_> = form.bindings("P").collect();
    let fields = form.fields.iter().zip(&patterns).map(|(field, pattern)| match &field.pattern_member {
        Member::Named(name) => quote!(pub #name: #pattern),
        Member::Unnamed(_) => quote!(pub #pattern),
    });
    let body = match form.style {
        Style::Named => quote!({ #(#fields,)* }),
        Style::Tuple => quote!((#(#fields,)*);),
        Style::Unit => quote!(;),
    };
    quote! {
        #[doc(hidden)]
        pub struct #name<#(#patterns),*> #body
    }
}

fn methods(model: &Model, form: &Form) -> TokenStream {
    let Model { marketplace, visibility, .. } = model;
    let variant = form.name.unraw();
    let span = Span::call_site();
    let open = format_ident!("__topic_{variant}", span = span);
    let close = format_ident!("__pinned_{variant}", span = span);
    let name = fields_name(form);
    let patterns: Vec<_> = form.fields.iter().map(|field| &field.pattern).collect();
    let members: Vec<_> = form.fields.iter().map(|field| &field.pattern_member).collect();
    let bindings = form.bindings("own");
    let pinned = form.together(Side::Pattern, "own", |own| quote!(#own));
    quote! {
        #[doc(hidden)]
        #visibility fn #open(&self) -> #name<#(#patterns),*> {
            #name { #(#members: #marketplace::Pattern::any(),)* }
        }

        #[doc(hidden)]
        #visibility fn #close(self, fields: #name<#(#patterns),*>) -> Self {
            let #name { #(#members: #bindings,)* } = fields;
            #pinned
        }
    }
}

fn fields_name(form: &Form) -> syn::Ident {
    format_ident!("__{}", form.name.unraw(), span = Span::call_site())
}
