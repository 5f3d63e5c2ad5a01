//! The programs of the chapter: a module for each page.

mod axum;
mod blocking;
mod idle_connections;
mod reconnecting;
mod seeing;
mod testing;
