//! `#[message(serde)]`: a pattern type implements serde's traits, too.
//!
//! This uses serde's own derives under the path where the core has serde. So the user's crate may know serde by any
//! name, or not at all.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::GenericParam;

use crate::model::{Model, mentions};

/// The derives and their attributes.
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

/// For the hidden field, which exists for the compiler alone.
pub(crate) fn skip(model: &Model) -> Option<TokenStream> {
    model.serde.then(|| quote!(#[serde(skip)]))
}

/// The bounds on a generic type's parts' patterns. Serde's derive would put them on the parameters themselves.
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
