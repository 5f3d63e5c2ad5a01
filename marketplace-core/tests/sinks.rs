//! The traces that come with the crate, and what is logged about dropped messages.

#[expect(dead_code, unused_imports, reason = "the rules' tests use the rest")]
mod support;

mod sinks {
    mod capture;
    mod late;
    mod loss;
    mod page;
    mod recorder;
    mod spans;
    mod spy;
    mod spy_writing;
}
