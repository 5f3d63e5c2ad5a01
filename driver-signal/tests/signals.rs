//! Real signals. Those that end a program need programs of their own: this file's ignored tests, which the others run.

#![cfg(unix)]

mod signals {
    mod catching;
    mod child;
    mod default;
    mod nested;
    mod program;
    mod stopping;
}
