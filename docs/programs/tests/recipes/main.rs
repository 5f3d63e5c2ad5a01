//! The programs of the chapter: a module for each page.

mod idle_connections;
mod reconnecting;
