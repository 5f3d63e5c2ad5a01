//! `Pattern` for a pattern type.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

use crate::differ;
use crate::form::Side;
use crate::model::Model;
use crate::position;

pub(crate) fn pattern(model: &Model) -> TokenStream {
    let Model { marketplace, name, pattern, generics, .. } = model;
    let (parameters, arguments, bounds) = generics.split_for_impl();
    let positions = position::constants(model);
    let methods = [
        any(model),
        exactly(model),
        matches(model),
        intersection(model),
        differ::difference(model),
        value(model),
        position::shape(model),
        position::positions_of(model),
        position::digest(model),
        position::digest_value(model),
    ];
    quote! {
        #[automatically_derived]
        impl #parameters #marketplace::Pattern for #pattern #arguments #bounds {
            type Value = #name #arguments;
            #positions
            #(#methods)*
        }
    }
}

fn any(model: &Model) -> TokenStream {
    let marketplace = &model.marketplace;
    let any = match model.forms.as_slice() {
        [form] if !model.choice => {
            form.together(Side::Pattern, "own", |_| quote!(#marketplace::Pattern::any()))
        }
        _ => quote!(Self::Any),
    };
    quote!(fn any() -> Self { #any })
}

fn exactly(model: &Model) -> TokenStream {
    let marketplace = &model.marketplace;
    let forms = model.forms.iter().map(|form| {
        let value = form.apart(Side::Value, "part");
        let pattern =
            form.together(Side::Pattern, "part", |part| quote!(#marketplace::Pattern::exactly(#part)));
        quote!(#value => #pattern,)
    });
    let body = model.on_value(forms);
    quote!(fn exactly(value: &Self::Value) -> Self { #body })
}

fn matches(model: &Model) -> TokenStream {
    let marketplace = &model.marketplace;
    let any = model.choice.then(|| quote!((Self::Any, _) => true,));
    let forms = model.forms.iter().map(|form| {
        let own = form.apart(Side::Pattern, "own");
        let value = form.apart(Side::Value, "part");
        let each = form.bindings("own").zip(form.bindings("part"));
        let each = each.map(|(own, part)| quote!(#marketplace::Pattern::matches(#own, #part)));
        quote!((#own, #value) => true #(&& #each)*,)
    });
    let others = (model.forms.len() > 1).then(|| quote!(_ => false,));
    quote! {
        fn matches(&self, value: &Self::Value) -> bool {
            match (self, value) { #any #(#forms)* #others }
        }
    }
}

fn intersection(model: &Model) -> TokenStream {
    let marketplace = &model.marketplace;
    let any = model.choice.then(|| {
        quote! {
            (Self::Any, both) | (both, Self::Any) =>
                ::core::option::Option::Some(::core::clone::Clone::clone(both)),
        }
    });
    let forms = model.forms.iter().map(|form| {
        let own = form.apart(Side::Pattern, "own");
        let theirs = form.apart(Side::Pattern, "their");
        let met: Vec<Ident> = form.bindings("met").collect();
        let own_fields = form.bindings("own");
        let their_fields = form.bindings("their");
        let both = form.together(Side::Pattern, "met", |met| quote!(#met));
        quote! {
            (#own, #theirs) => {
                #(let #met = #marketplace::Pattern::intersection(#own_fields, #their_fields)?;)*
                ::core::option::Option::Some(#both)
            }
        }
    });
    let others = (model.forms.len() > 1).then(|| quote!(_ => ::core::option::Option::None,));
    quote! {
        fn intersection(&self, other: &Self) -> ::core::option::Option<Self> {
            match (self, other) { #any #(#forms)* #others }
        }
    }
}

fn value(model: &Model) -> TokenStream {
    let marketplace = &model.marketplace;
    let any = model.choice.then(|| quote!(Self::Any => ::core::option::Option::None,));
    let forms = model.forms.iter().map(|form| {
        let own = form.apart(Side::Pattern, "own");
        if form.skips {
            let own = form.unopened(Side::Pattern);
            return quote!(#own => ::core::option::Option::None,);
        }
        let value = form.together(Side::Value, "own", |own| quote!(#marketplace::Pattern::value(#own)?));
        quote!(#own => ::core::option::Option::Some(#value),)
    });
    quote! {
        fn value(&self) -> ::core::option::Option<Self::Value> {
            match self { #any #(#forms)* }
        }
    }
}
