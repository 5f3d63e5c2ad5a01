//! What the macros accept, and what they say about what they do not.
//!
//! The expected texts are the compiler's in part: on another version of it they may differ. To write them anew,
//! run with `TRYBUILD=overwrite` set, and read the differences.

#[test]
fn mistakes_are_reported_where_they_are_made() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile/derive_*.rs");
    cases.compile_fail("tests/compile/topic_*.rs");
    cases.pass("tests/compile/pass.rs");
}
