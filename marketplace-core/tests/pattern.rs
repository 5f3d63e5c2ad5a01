//! Patterns from the view of a user: what `#[derive(Message)]` and `topic!` make, and the laws on which routing
//! depends.

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
