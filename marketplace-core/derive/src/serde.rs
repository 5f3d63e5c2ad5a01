//! `#[message(serde)]`: a pattern type implements serde's traits too.
//!
//! By serde's own derive, under the path where the core has it, so that it does not matter by which name the user's
//! crate knows serde, or whether it does.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::GenericParam;

use crate::model::{Model, mentions};

/// The derives, and what they have to be told.
pub(crate) fn derives(model: &Model) -> Option<TokenStream> {
    let marketplace = &model.marketplace;
    model.serde.then(|| {
        let path = quote!(#marketplace::macros::serde);
        let name = path.to_string();
        let bounds = bounds(model, &path);
        quote! {
            #[derive(#path::Serialize, #path::Deserialize)]
            #[serde(crate = #name #bounds)]
        }
    })
}

/// For the field that is there for the compiler alone.
pub(crate) fn skip(model: &Model) -> Option<TokenStream> {
    model.serde.then(|| quote!(#[serde(skip)]))
}

/// What a generic type asks of its parts' patterns. Serde's derive would ask it of the parameters themselves.
fn bounds(model: &Model, path: &TokenStream) -> Option<TokenStream> {
    let parameters: Vec<_> = model.generics.params.iter().filter_map(name).collect();
    if parameters.is_empty() {
        return None;
    }
    let patterns = model.forms.iter().flat_map(|form| &form.fields).map(|field| &field.pattern);
    let generic: Vec<_> = patterns
        .filter(|pattern| parameters.iter().any(|parameter| mentions(pattern.to_token_stream(), parameter)))
        .collect();
    let serialize = quote!(#(#generic: #path::Serialize,)*).to_string();
    let deserialize = quote!(#(#generic: #path::Deserialize<'de>,)*).to_string();
    Some(quote!(, bound(serialize = #serialize, deserialize = #deserialize)))
}

fn name(parameter: &GenericParam) -> Option<&syn::Ident> {
    match parameter {
        GenericParam::Type(parameter) => Some(&parameter.ident),
        GenericParam::Const(parameter) => Some(&parameter.ident),
        GenericParam::Lifetime(_) => None,
    }
}
