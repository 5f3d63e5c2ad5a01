//! What is known of programs, and what pages are shown of it, held against the programs themselves.

mod inside;
mod messages;
mod processes;
mod questions;
mod scene;
mod stuck;
mod tree;
mod windows;
