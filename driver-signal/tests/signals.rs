//! Real signals. A signal may end the program, so the tests run programs of their own: the ignored tests of this file.

#![cfg(unix)]

mod signals {
    mod catching;
    mod child;
    mod default;
    mod nested;
    mod program;
    mod stopping;
}
