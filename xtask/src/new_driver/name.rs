//! Which names a new crate may have.

use anyhow::ensure;

/// The longest name that the registry accepts.
const LONGEST: usize = 64;

/// Words that cannot be used as a name in code, or that mean something else there.
const TAKEN: &[&str] = &[
    "abstract", "alloc", "as", "async", "await", "become", "box", "break", "const", "continue", "core",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in",
    "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "self", "static", "std", "struct", "super", "test", "trait", "true", "try", "type", "typeof", "unsafe",
    "unsized", "use", "virtual", "where", "while", "yield",
];

/// The crates that the new crate depends on, by their names in code.
const DEPENDENCIES: &[&str] = &["anyhow", "futures", "marketplace_core", "marketplace_testing", "tracing"];

/// An error if a name cannot be used.
pub(super) fn check(name: &str) -> anyhow::Result<()> {
    let is_word = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.split('-').all(|part| !part.is_empty())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
    ensure!(
        is_word,
        "`{name}` is not a valid crate name: use lower-case letters, digits and `-`, beginning with a letter, as in `driver-gpio`"
    );
    ensure!(name.len() <= LONGEST, "`{name}` is longer than the {LONGEST} letters that a name may have");
    ensure!(!TAKEN.contains(&name), "`{name}` means something else in Rust");
    ensure!(
        !DEPENDENCIES.contains(&&*name.replace('-', "_")),
        "`{name}` is a crate that a driver depends on"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_crates_are_accepted() {
        for name in ["driver-gpio", "tide", "my_driver-2"] {
            assert!(check(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused_by_an_error_that_repeats_it() {
        let long = "x".repeat(LONGEST + 1);
        for name in [
            "",
            "Driver",
            "1st",
            "-tide",
            "tide-",
            "a--b",
            "ti de",
            "../tide",
            "loop",
            "marketplace-core",
            &long,
        ] {
            let error = check(name).expect_err(name).to_string();
            assert!(error.contains(&format!("`{name}`")), "{error}");
        }
    }
}
