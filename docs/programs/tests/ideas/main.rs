//! The programs of the chapter Ideas: a module for each page.

mod crash;
mod interest;
mod nesting;
mod patterns;
mod presence;
mod settled;
mod turns;
