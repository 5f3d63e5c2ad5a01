//! The programs of the chapter: a module for each page.

mod laws;
