//! The name of the core in a crate whose types derive `Message`.
//!
//! A crate may depend on the core under another name, which its manifest says. Or another crate re-exports the core,
//! and only the user can say under which path. (`topic!` needs none of this: a `macro_rules!` macro of the core
//! writes the path for it.)
//!
//! The core's package may be published with a prefix before its name, since a registry has each name once. Its
//! library keeps its name.

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::Span;
use syn::{Error, Ident, Path, Result, parse_quote};

/// This package's name, which is the core's name with an ending.
const DERIVE: Option<&str> = option_env!("CARGO_PKG_NAME");

/// The path of the core: the given one, otherwise the name in the manifest.
pub(crate) fn core(given: Option<Path>) -> Result<Path> {
    let package = package(DERIVE);
    match given {
        Some(path) => Ok(path),
        None => found(package, crate_name(package)),
    }
}

/// The name of the core's package, with the same prefix as this package.
fn package(derive: Option<&str>) -> &str {
    derive.and_then(|name| name.strip_suffix("-derive")).unwrap_or("marketplace-core")
}

fn found(package: &str, name: std::result::Result<FoundCrate, proc_macro_crate::Error>) -> Result<Path> {
    match name {
        // A dependency that the manifest does not rename has its library's name.
        Ok(FoundCrate::Name(name)) if name == package.replace('-', "_") => {
            Ok(parse_quote!(::marketplace_core))
        }
        Ok(FoundCrate::Name(name)) => {
            let name = Ident::new(&name, Span::call_site());
            Ok(parse_quote!(::#name))
        }
        Err(proc_macro_crate::Error::CrateNotFound { .. }) => Err(unknown(package)),
        // The core's own tests and examples use its name. Without cargo there is no manifest, and the name is most
        // likely this one, too.
        Ok(FoundCrate::Itself) | Err(_) => Ok(parse_quote!(::marketplace_core)),
    }
}

fn unknown(package: &str) -> Error {
    let message = format!(
        "this crate's manifest does not name `{package}`: say by which path the crate reaches it, such as \
         `#[message(crate = \"facade::marketplace_core\")]`"
    );
    Error::new(Span::call_site(), message)
}

#[cfg(test)]
mod tests {
    use proc_macro_crate::Error;
    use quote::ToTokens;

    use super::*;

    const CORE: &str = "marketplace-core";

    const PREFIXED: &str = "some-marketplace-core";

    fn text(path: &Path) -> String {
        path.to_token_stream().to_string().replace(' ', "")
    }

    #[test]
    fn the_core_has_the_name_that_the_manifest_gives_it() {
        assert_eq!(text(&found(CORE, Ok(FoundCrate::Name("market".into()))).unwrap()), "::market");
    }

    #[test]
    fn the_cores_package_has_the_prefix_of_the_derives() {
        assert_eq!(package(Some("marketplace-core-derive")), CORE);
        assert_eq!(package(Some("some-marketplace-core-derive")), PREFIXED);
        assert_eq!(package(None), CORE);
    }

    #[test]
    fn a_package_with_a_prefix_has_its_librarys_name_unless_it_is_renamed() {
        let path = |name: &str| text(&found(PREFIXED, Ok(FoundCrate::Name(name.into()))).unwrap());
        assert_eq!(path("some_marketplace_core"), "::marketplace_core");
        assert_eq!(path("marketplace_core"), "::marketplace_core");
        assert_eq!(path("market"), "::market");
    }

    #[test]
    fn a_manifest_without_the_core_is_an_error_that_says_what_to_write() {
        let missing = Error::CrateNotFound { crate_name: PREFIXED.into(), path: "Cargo.toml".into() };
        let error = found(PREFIXED, Err(missing)).expect_err("nobody knows the path").to_string();
        assert!(error.contains("`some-marketplace-core`") && error.contains("#[message(crate = "), "{error}");
    }

    #[test]
    fn without_a_manifest_the_core_has_its_own_name() {
        assert_eq!(text(&found(CORE, Err(Error::CargoManifestDirNotSet)).unwrap()), "::marketplace_core");
    }

    #[test]
    fn the_path_given_goes_before_the_manifest() {
        assert_eq!(text(&core(Some(parse_quote!(facade::core))).unwrap()), "facade::core");
    }
}
