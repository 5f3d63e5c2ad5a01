//! What is outside: the network that carries batches to other machines.

mod zenoh;

pub use zenoh::Zenoh;
