//! The programs of the chapter: a module for each page.

mod actix;
mod erlang;
mod racket;
mod ractor;
