//! What the macros accept, and their error messages for everything else.
//!
//! The expected texts are in part the compiler's, and may differ in another version of it. To update them, run with
//! `TRYBUILD=overwrite` set, and read the differences.

#[test]
fn mistakes_are_reported_where_they_are_made() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile/derive_*.rs");
    cases.compile_fail("tests/compile/topic_*.rs");
    cases.pass("tests/compile/pass.rs");
    if cfg!(feature = "serde") {
        cases.compile_fail("tests/compile/serde_*.rs");
        cases.pass("tests/compile/pass_serde.rs");
    }
}

/// This test needs the core without the feature. In `cargo test --workspace` other crates enable it, so CI also tests
/// the core by itself.
#[cfg(not(feature = "serde"))]
#[test]
fn without_the_feature_a_type_marked_serde_is_an_error() {
    trybuild::TestCases::new().compile_fail("tests/compile/no_serde.rs");
}
