//! Patterns as a user meets them: what `#[derive(Message)]` and `topic!` make, and the laws that routing rests
//! on.

mod pattern {
    mod difference;
    mod laws;
    mod leaf;
    mod topic;
    mod tree;
    mod vocabulary;
}
