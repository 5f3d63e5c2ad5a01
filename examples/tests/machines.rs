//! Programs that are joined with others, as on several machines: each has an address of its own.

// They are stopped by signals.
#![cfg(unix)]

mod support;

mod machines {
    mod chat;
    mod link_demo;
}
