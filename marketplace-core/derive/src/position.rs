//! Positions: how many there are, and what a pattern and a value have at them.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;

use crate::form::Side;
use crate::model::Model;

/// A constant of the pattern type: the positions at which the fields start, and at the end the number of positions.
///
/// It checks this number, since everything that uses a generic type's positions uses this constant.
pub(crate) fn starts(model: &Model) -> TokenStream {
    let Model { marketplace, pattern, generics, .. } = model;
    let (parameters, arguments, bounds) = generics.split_for_impl();
    let first = u32::from(model.choice);
    let last = model.places();
    let entries = last + 1;
    let widths = model.forms.iter().flat_map(|form| &form.fields).map(|field| {
        let pattern = &field.pattern;
        quote!(<#pattern as #marketplace::Pattern>::POSITIONS)
    });
    let message = format!(
        "`{}` has more than 64 positions to match on: mark parts of it `#[message(leaf)]` or `#[message(skip)]`",
        model.name.unraw(),
    );
    let check = quote_spanned! {pattern.span()=>
        ::core::assert!(starts[#last] <= #marketplace::Shape::MOST_POSITIONS, #message)
    };
    quote! {
        #[automatically_derived]
        impl #parameters #pattern #arguments #bounds {
            const __STARTS: [u32; #entries] = {
                let starts = #marketplace::macros::starts([#first, #(#widths),*]);
                #check;
                starts
            };
        }
    }
}

/// `Pattern::POSITIONS` and `Pattern::CHOICES`.
pub(crate) fn constants(model: &Model) -> TokenStream {
    let marketplace = &model.marketplace;
    let last = model.places();
    let own = match model.choice {
        true => quote!(#marketplace::Shape::FIRST),
        false => quote!(#marketplace::Shape::EMPTY),
    };
    let parts = model.forms.iter().flat_map(|form| &form.fields).map(|field| {
        let (pattern, place) = (&field.pattern, field.place);
        quote! {
            .union(<#pattern as #marketplace::Pattern>::CHOICES.shifted(Self::__STARTS[#place]))
        }
    });
    quote! {
        const POSITIONS: u32 = Self::__STARTS[#last];
        const CHOICES: #marketplace::Shape = #own #(#parts)*;
    }
}

/// Evaluates `POSITIONS` where the type is defined. This is impossible for a generic type.
pub(crate) fn check(model: &Model) -> Option<TokenStream> {
    let Model { marketplace, pattern, .. } = model;
    model
        .generics
        .params
        .is_empty()
        .then(|| quote!(const _: u32 = <#pattern as #marketplace::Pattern>::POSITIONS;))
}

pub(crate) fn shape(model: &Model) -> TokenStream {
    let marketplace = &model.marketplace;
    let any = model.choice.then(|| quote!(Self::Any => #marketplace::Shape::EMPTY,));
    let first = choice(model);
    let forms = model.forms.iter().map(|form| {
        let own = form.apart(Side::Pattern, "own");
        let parts = form.bindings("own").zip(&form.fields).map(|(own, field)| {
            let place = field.place;
            quote!(.union(#marketplace::macros::shape(#own, Self::__STARTS[#place])))
        });
        quote!(#own => #first #(#parts)*,)
    });
    quote! {
        fn shape(&self) -> #marketplace::Shape {
            match self { #any #(#forms)* }
        }
    }
}

pub(crate) fn positions_of(model: &Model) -> TokenStream {
    let marketplace = &model.marketplace;
    let first = choice(model);
    let forms = model.forms.iter().map(|form| {
        let value = form.apart(Side::Value, "part");
        let parts = form.bindings("part").zip(&form.fields).map(|(part, field)| {
            let (pattern, place) = (&field.pattern, field.place);
            quote!(.union(#marketplace::macros::positions_of::<#pattern>(#part, Self::__STARTS[#place])))
        });
        quote!(#value => #first #(#parts)*,)
    });
    let body = model.on_value(forms);
    quote!(fn positions_of(value: &Self::Value) -> #marketplace::Shape { #body })
}

/// The position of the choice of a variant, if there is one.
fn choice(model: &Model) -> TokenStream {
    let marketplace = &model.marketplace;
    match model.choice {
        true => quote!(#marketplace::Shape::FIRST),
        false => quote!(#marketplace::Shape::EMPTY),
    }
}

pub(crate) fn digest(model: &Model) -> TokenStream {
    let marketplace = &model.marketplace;
    let any = model.choice.then(|| quote!(Self::Any => {}));
    let forms = model.forms.iter().enumerate().map(|(variant, form)| {
        let own = form.apart(Side::Pattern, "own");
        let choice = digest_choice(model, variant);
        let parts = form.bindings("own").zip(&form.fields).map(|(own, field)| {
            let place = field.place;
            quote!(#marketplace::macros::digest(#own, Self::__STARTS[#place], shape, hasher);)
        });
        quote!(#own => { #choice #(#parts)* })
    });
    quote! {
        fn digest(&self, shape: #marketplace::Shape, hasher: &mut impl ::core::hash::Hasher) {
            match self { #any #(#forms)* }
        }
    }
}

pub(crate) fn digest_value(model: &Model) -> TokenStream {
    let marketplace = &model.marketplace;
    let forms = model.forms.iter().enumerate().map(|(variant, form)| {
        let value = form.apart(Side::Value, "part");
        let choice = digest_choice(model, variant);
        let parts = form.bindings("part").zip(&form.fields).map(|(part, field)| {
            let (pattern, place) = (&field.pattern, field.place);
            quote! {
                #marketplace::macros::digest_value::<#pattern>(#part, Self::__STARTS[#place], shape, hasher);
            }
        });
        quote!(#value => { #choice #(#parts)* })
    });
    let body = model.on_value(forms);
    quote! {
        fn digest_value(
            value: &Self::Value,
            shape: #marketplace::Shape,
            hasher: &mut impl ::core::hash::Hasher,
        ) {
            #body
        }
    }
}

fn digest_choice(model: &Model, variant: usize) -> Option<TokenStream> {
    let variant = u32::try_from(variant).unwrap_or(u32::MAX);
    model.choice.then(|| quote!(if shape.has_first() { hasher.write_u32(#variant); }))
}
