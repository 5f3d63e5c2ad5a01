//! The programs of the chapter: a module for each page.

mod axum;
mod blocking;
mod cores;
mod idle_connections;
mod inspector;
mod machines;
mod reconnecting;
mod seeing;
mod testing;
