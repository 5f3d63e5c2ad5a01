//! The driver on real sockets of the loopback interface, on ports that the kernel picks.

mod support;

mod loopback {
    mod address;
    mod closing;
    mod demand;
    mod error;
    mod packet;
    mod sharing;
    mod stop;
    mod wildcard;
}
