//! What the derive knows about a type after checking it.

use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{
    Data, DataEnum, DataStruct, DeriveInput, Error, GenericParam, Generics, Ident, Path, Result, parse_quote,
};

use crate::field::quiet;
use crate::form::Form;

/// A struct or an enum, and the description of its pattern type.
pub(crate) struct Model {
    /// The core's path.
    pub(crate) marketplace: Path,
    /// The type's name.
    pub(crate) name: Ident,
    /// The pattern type's name.
    pub(crate) pattern: Ident,
    /// The visibility of both.
    pub(crate) visibility: TokenStream,
    /// The type's parameters, with the bounds that parts of a message need.
    pub(crate) generics: Generics,
    /// Whether values choose between forms: whether the type is an enum.
    pub(crate) choice: bool,
    /// Whether patterns implement serde's traits.
    pub(crate) serde: bool,
    pub(crate) forms: Vec<Form>,
}

impl Model {
    pub(crate) fn new(input: &DeriveInput, marketplace: Path, serde: bool) -> Result<Self> {
        let forms = match &input.data {
            Data::Struct(data) => vec![struct_form(input, data, &marketplace)?],
            Data::Enum(data) => variants(input, data, &marketplace)?,
            Data::Union(data) => {
                return Err(Error::new(
                    data.union_token.span,
                    "a union cannot be a message: it has no parts to match on",
                ));
            }
        };
        Ok(Self {
            name: input.ident.clone(),
            pattern: format_ident!(
                "{}Pattern",
                input.ident.unraw(),
                span = crate::field::quiet_name(&input.ident).span()
            ),
            visibility: quiet(&input.vis),
            generics: bound(&input.generics, &marketplace)?,
            choice: matches!(input.data, Data::Enum(_)),
            serde,
            forms,
            marketplace,
        })
    }

    /// How many fields there are, in all forms.
    pub(crate) fn places(&self) -> usize {
        self.forms.iter().map(|form| form.fields.len()).sum()
    }

    /// A match on `value`, which may be an enum without variants.
    pub(crate) fn on_value(&self, forms: impl Iterator<Item = TokenStream>) -> TokenStream {
        match self.forms.is_empty() {
            true => quote!(match *value {}),
            false => quote!(match value { #(#forms)* }),
        }
    }
}

/// The parameters of a type, each type parameter bound by `Message`.
pub(crate) fn bound(generics: &Generics, marketplace: &Path) -> Result<Generics> {
    let mut generics = generics.clone();
    if let Some(lifetime) = generics.lifetimes().next() {
        return Err(Error::new_spanned(
            lifetime,
            "a message must own its parts: its type cannot have lifetime parameters",
        ));
    }
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(#marketplace::Message));
    }
    for parameter in &mut generics.params {
        match parameter {
            GenericParam::Type(parameter) => parameter.default = None,
            GenericParam::Const(parameter) => parameter.default = None,
            GenericParam::Lifetime(_) => {}
        }
    }
    Ok(generics)
}

fn struct_form(input: &DeriveInput, data: &DataStruct, marketplace: &Path) -> Result<Form> {
    let mut form = Form::of_struct(&input.ident, &data.fields, marketplace)?;
    let unused = unused_parameters(&input.generics, std::slice::from_ref(&form));
    if !unused.is_empty() {
        form.marker = Some(quote!(::core::marker::PhantomData<fn() -> (#(#unused,)*)>));
    }
    Ok(form)
}

fn variants(input: &DeriveInput, data: &DataEnum, marketplace: &Path) -> Result<Vec<Form>> {
    let mut forms = Vec::new();
    let mut places = 0;
    for variant in &data.variants {
        if variant.ident.unraw() == "Any" {
            return Err(Error::new_spanned(
                &variant.ident,
                "a variant of a message cannot be called `Any`: the pattern type of each enum has a variant with \
                 this name",
            ));
        }
        let form = Form::of_variant(&input.ident, variant, places, marketplace)?;
        places += form.fields.len();
        forms.push(form);
    }
    match unused_parameters(&input.generics, &forms).first() {
        None => Ok(forms),
        Some(unused) => Err(Error::new_spanned(
            unused,
            "only skipped fields use this parameter, so the enum's patterns cannot have it: \
             mark the fields `#[message(leaf)]`, or put them into a struct",
        )),
    }
}

/// The type parameters that no field's pattern uses.
fn unused_parameters<'a>(generics: &'a Generics, forms: &[Form]) -> Vec<&'a Ident> {
    let used = |parameter: &Ident| {
        forms.iter().flat_map(|form| &form.fields).any(|field| mentions(field.pattern.clone(), parameter))
    };
    generics.type_params().map(|parameter| &parameter.ident).filter(|parameter| !used(parameter)).collect()
}

pub(crate) fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
