//! The DNS server between real clients and servers. They have to be installed: see CONTRIBUTING.md.

#![cfg(unix)]

mod support;

#[allow(dead_code, reason = "the tests without real peers use more of it")]
mod dns {
    mod daemon;
    mod packet;
    mod peers;
    mod resolver;
    mod upstream;
}
