//! `#[message(…)]`: how a type or a field is matched on, what may be done with the type's messages, and by which path
//! the core is reached.

use std::mem;

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Ident, LitStr, Path, Result, Token};

/// What `#[message(…)]` can say about how a part is matched on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Matched on as a whole.
    Leaf,
    /// Never matched on.
    Skip,
}

/// The core's feature of the same name turns on this crate's feature.
const SERDE_IS_OFF: &str = "patterns implement serde's traits only with marketplace-core's feature `serde`: enable it in \
                            the manifest, `marketplace-core = { version = \"…\", features = [\"serde\"] }`";

/// What a type's attributes say.
#[derive(Default)]
pub(crate) struct Type {
    /// Its mark, which can only be [`Mark::Leaf`].
    pub(crate) mark: Option<Mark>,
    /// Whether it is normal that one of its messages is dropped.
    pub(crate) is_lossy: bool,
    /// Whether its messages mean something in one ground only.
    pub(crate) is_local: bool,
    /// Whether its patterns implement serde's traits.
    pub(crate) is_serde: bool,
    /// The path of the core.
    pub(crate) core: Option<Path>,
}

/// Reads a type's attributes.
pub(crate) fn of_type(attributes: &[Attribute]) -> Result<Type> {
    let mut found = Type::default();
    for word in words(attributes)? {
        match word.name.to_string().as_str() {
            "leaf" => only_one(&mut found.mark, Mark::Leaf, word.bare()?)?,
            "lossy" => once(&mut found.is_lossy, word.bare()?)?,
            "local" => once(&mut found.is_local, word.bare()?)?,
            "serde" => {
                let span = word.bare()?;
                if !cfg!(feature = "serde") {
                    return Err(Error::new(span, SERDE_IS_OFF));
                }
                once(&mut found.is_serde, span)?;
            }
            "crate" => {
                let path = word.path()?;
                if found.core.replace(path).is_some() {
                    return Err(Error::new(word.name.span(), "`crate` is given more than once"));
                }
            }
            _ => {
                return Err(
                    word.unknown("a type may have `leaf`, `local`, `lossy`, `serde` and `crate = \"path\"`")
                );
            }
        }
    }
    Ok(found)
}

/// Reads the mark of a field.
pub(crate) fn of_field(attributes: &[Attribute]) -> Result<Option<Mark>> {
    let mut found = None;
    for word in words(attributes)? {
        let mark = match word.name.to_string().as_str() {
            "leaf" => Mark::Leaf,
            "skip" => Mark::Skip,
            _ => return Err(word.unknown("a field may have `leaf` and `skip`")),
        };
        only_one(&mut found, mark, word.bare()?)?;
    }
    Ok(found)
}

/// An error if any of these attributes is ours. Something of this kind cannot be marked.
pub(crate) fn none(attributes: &[Attribute], why: &str) -> Result<()> {
    match attributes.iter().find(|attribute| attribute.path().is_ident("message")) {
        Some(attribute) => Err(Error::new(attribute.span(), why)),
        None => Ok(()),
    }
}

fn words(attributes: &[Attribute]) -> Result<Vec<Word>> {
    let mut words = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("message")) {
        words.extend(attribute.parse_args_with(Punctuated::<Word, Token![,]>::parse_terminated)?);
    }
    Ok(words)
}

fn once(found: &mut bool, span: Span) -> Result<()> {
    match mem::replace(found, true) {
        true => Err(Error::new(span, "this is given more than once")),
        false => Ok(()),
    }
}

fn only_one(found: &mut Option<Mark>, mark: Mark, span: Span) -> Result<()> {
    match found.replace(mark) {
        Some(_) => Err(Error::new(span, "a field can have one mark only: `leaf` or `skip`")),
        None => Ok(()),
    }
}

/// One of the words in the parentheses, and the value that it is set to.
struct Word {
    name: Ident,
    value: Option<LitStr>,
}

impl Parse for Word {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.call(Ident::parse_any)?;
        let value = match input.parse::<Option<Token![=]>>()? {
            Some(_) => Some(input.parse()?),
            None => None,
        };
        Ok(Self { name, value })
    }
}

impl Word {
    /// Where the word is, if it has no value.
    fn bare(&self) -> Result<Span> {
        match &self.value {
            Some(value) => Err(Error::new(value.span(), format!("`{}` takes no value", self.name))),
            None => Ok(self.name.span()),
        }
    }

    /// The path to which the word is set.
    fn path(&self) -> Result<Path> {
        let missing = || Error::new(self.name.span(), "write the path of the core: `crate = \"path\"`");
        self.value.as_ref().ok_or_else(missing)?.parse_with(Path::parse_mod_style)
    }

    fn unknown(&self, known: &str) -> Error {
        Error::new(self.name.span(), format!("unknown attribute `{}`: {known}", self.name))
    }
}
