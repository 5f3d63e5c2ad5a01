//! What the core is called where a type derives `Message`.
//!
//! A crate may depend on the core under another name, which its manifest says, or reach it by what another crate
//! re-exports, which only its author can say. (`topic!` needs none of this: a `macro_rules!` macro of the core
//! writes the path for it.)

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::Span;
use syn::{Error, Ident, Path, Result, parse_quote};

/// The core's package.
const PACKAGE: &str = "marketplace-core";

const UNKNOWN: &str = "this crate's manifest does not name `marketplace-core`: say by which path the crate reaches \
                       it, such as `#[message(crate = \"facade::marketplace_core\")]`";

/// The path of the core: the one given, else what the manifest calls it.
pub(crate) fn core(given: Option<Path>) -> Result<Path> {
    match given {
        Some(path) => Ok(path),
        None => found(crate_name(PACKAGE)),
    }
}

fn found(name: std::result::Result<FoundCrate, proc_macro_crate::Error>) -> Result<Path> {
    match name {
        Ok(FoundCrate::Name(name)) => {
            let name = Ident::new(&name, Span::call_site());
            Ok(parse_quote!(::#name))
        }
        Err(proc_macro_crate::Error::CrateNotFound { .. }) => Err(Error::new(Span::call_site(), UNKNOWN)),
        // The core's own tests and examples know it by its name. So does what is built without cargo, we hope: there
        // is no manifest then.
        Ok(FoundCrate::Itself) | Err(_) => Ok(parse_quote!(::marketplace_core)),
    }
}

#[cfg(test)]
mod tests {
    use proc_macro_crate::Error;
    use quote::ToTokens;

    use super::*;

    fn text(path: &Path) -> String {
        path.to_token_stream().to_string().replace(' ', "")
    }

    #[test]
    fn the_core_has_the_name_that_the_manifest_gives_it() {
        assert_eq!(text(&found(Ok(FoundCrate::Name("market".into()))).unwrap()), "::market");
    }

    #[test]
    fn a_manifest_without_the_core_is_an_error_that_says_what_to_write() {
        let missing = Error::CrateNotFound { crate_name: PACKAGE.into(), path: "Cargo.toml".into() };
        let error = found(Err(missing)).expect_err("nobody knows the path");
        assert!(error.to_string().contains("#[message(crate = "), "{error}");
    }

    #[test]
    fn without_a_manifest_the_core_has_its_own_name() {
        assert_eq!(text(&found(Err(Error::CargoManifestDirNotSet)).unwrap()), "::marketplace_core");
    }

    #[test]
    fn the_path_given_goes_before_the_manifest() {
        assert_eq!(text(&core(Some(parse_quote!(facade::core))).unwrap()), "facade::core");
    }
}
