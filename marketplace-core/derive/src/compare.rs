//! A pattern type's `Clone`, `PartialEq`, `Eq`, `Hash` and `Debug`.
//!
//! The standard derives are not used: they would require the same traits of the type parameters, but only the
//! parameters' patterns have them.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, Member};

use crate::form::{Form, Side, Style};
use crate::model::Model;

pub(crate) fn comparisons(model: &Model) -> TokenStream {
    let Model { pattern, generics, .. } = model;
    let (parameters, arguments, bounds) = generics.split_for_impl();
    let implement = |which: TokenStream, body: TokenStream| {
        quote! {
            #[automatically_derived]
            impl #parameters #which for #pattern #arguments #bounds { #body }
        }
    };
    [
        implement(quote!(::core::clone::Clone), clone(model)),
        implement(quote!(::core::cmp::PartialEq), eq(model)),
        implement(quote!(::core::cmp::Eq), TokenStream::new()),
        implement(quote!(::core::hash::Hash), hash(model)),
        implement(quote!(::core::fmt::Debug), debug(model)),
    ]
    .into_iter()
    .collect()
}

fn clone(model: &Model) -> TokenStream {
    let any = model.choice.then(|| quote!(Self::Any => Self::Any,));
    let forms = model.forms.iter().map(|form| {
        let own = form.apart(Side::Pattern, "own");
        let copy = form.together(Side::Pattern, "own", |field| quote!(::core::clone::Clone::clone(#field)));
        quote!(#own => #copy,)
    });
    quote! {
        fn clone(&self) -> Self {
            match self { #any #(#forms)* }
        }
    }
}

fn eq(model: &Model) -> TokenStream {
    let any = model.choice.then(|| quote!((Self::Any, Self::Any) => true,));
    let forms = model.forms.iter().map(|form| {
        let own = form.apart(Side::Pattern, "own");
        let theirs = form.apart(Side::Pattern, "their");
        let equal =
            form.bindings("own").zip(form.bindings("their")).map(|(own, their)| quote!(#own == #their));
        quote!((#own, #theirs) => true #(&& #equal)*,)
    });
    let others = (model.choice && !model.forms.is_empty()).then(|| quote!(_ => false,));
    quote! {
        fn eq(&self, other: &Self) -> bool {
            match (self, other) { #any #(#forms)* #others }
        }
    }
}

fn hash(model: &Model) -> TokenStream {
    let any = model.choice.then(|| quote!(Self::Any => {}));
    let discriminant =
        model.choice.then(|| quote!(::core::hash::Hash::hash(&::core::mem::discriminant(self), hasher);));
    let forms = model.forms.iter().map(|form| {
        let own = form.apart(Side::Pattern, "own");
        let fields = form.bindings("own");
        quote!(#own => { #(::core::hash::Hash::hash(#fields, hasher);)* })
    });
    quote! {
        fn hash<__H: ::core::hash::Hasher>(&self, hasher: &mut __H) {
            #discriminant
            match self { #any #(#forms)* }
        }
    }
}

fn debug(model: &Model) -> TokenStream {
    let any = model.choice.then(|| quote!(Self::Any => f.write_str("_"),));
    let forms = model.forms.iter().map(|form| {
        let own = form.apart(Side::Pattern, "own");
        let show = show(form);
        quote!(#own => #show,)
    });
    quote! {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            match self { #any #(#forms)* }
        }
    }
}

fn show(form: &Form) -> TokenStream {
    let name = form.display_name();
    let fields: Vec<Ident> = form.bindings("own").collect();
    match form.style {
        Style::Named => {
            let names = form.fields.iter().map(|field| member_name(&field.member));
            quote!(f.debug_struct(#name)#(.field(#names, #fields))*.finish())
        }
        Style::Tuple => quote!(f.debug_tuple(#name)#(.field(#fields))*.finish()),
        Style::Unit => quote!(f.write_str(#name)),
    }
}

/// A field as a string.
pub(crate) fn member_name(member: &Member) -> String {
    match member {
        Member::Named(name) => syn::ext::IdentExt::unraw(name).to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}
