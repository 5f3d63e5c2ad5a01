//! What the inspector knows and shows, compared with the programs themselves.

mod inside;
mod messages;
mod processes;
mod questions;
mod scene;
mod stuck;
mod tree;
mod windows;
