//! The DNS server, run as a user runs it, between clients and servers that the tests provide.

// The tests stop it by signals.
#![cfg(unix)]

mod support;

mod dns {
    mod answers;
    mod conventions;
    #[cfg(target_os = "linux")]
    mod cores;
    mod corpus;
    mod failures;
    mod flood;
    mod fuzz;
    mod iteration;
    mod load;
    mod malformed;
    mod packet;
    mod resolver;
    mod transport;
    mod upstream;
}
