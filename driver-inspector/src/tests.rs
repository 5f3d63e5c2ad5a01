//! What is known of programs, and what pages are shown of it, held against the programs themselves.

mod inside;
mod kept;
mod messages;
mod questions;
mod scene;
mod shown;
mod stuck;
mod windows;
