//! Patterns as a user meets them: what `#[derive(Message)]` and `topic!` make, and the laws that routing rests
//! on.

mod pattern {
    mod difference;
    mod laws;
    mod leaf;
    #[cfg(feature = "serde")]
    mod serial;
    mod topic;
    mod tree;
    mod vocabulary;
}
