//! Programs that are joined with each other as on several machines. Each has an address of its own.

// The tests stop them by signals.
#![cfg(unix)]

mod support;

mod machines {
    mod chat;
    mod link_demo;
}
