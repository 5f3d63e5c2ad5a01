//! The driver on real sockets of 127.0.0.1, on ports that the kernel picks.

mod support;

mod loopback {
    mod early;
    mod echo;
    mod ending;
    mod fault;
    mod half_close;
    mod listening;
    mod loss;
    mod nested;
    mod outbound;
    mod stop;
}
