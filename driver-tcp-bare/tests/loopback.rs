//! The driver on real sockets of 127.0.0.1, on ports that the kernel picks.

mod support;

mod loopback {
    mod address;
    mod arrival;
    mod busy;
    mod differential;
    mod echo;
    mod ending;
    mod fairness;
    mod fault;
    mod half_close;
    mod identity;
    mod limit;
    mod listening;
    mod loss;
    mod nested;
    mod outbound;
    mod pressure;
    mod shared;
    mod sharing;
    mod stop;
    mod timeout;
    mod urgent;
}
