//! The example programs, run as a user runs them.

// The tests stop them by signals.
#![cfg(unix)]

mod support;

mod programs {
    mod chat;
    mod chat_client;
    mod closed_output;
    mod conventions;
    #[cfg(target_os = "linux")]
    mod cores;
    mod crowd;
    mod download;
    mod echo;
    mod hello;
    mod inspect;
    mod limits;
    mod nested_timers;
    mod number_lines;
    mod places;
    mod signals;
    mod stopping;
    mod ticker;
    mod udp_echo;
    mod web_gateway;
    mod word_count;
}
