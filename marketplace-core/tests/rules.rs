//! The rules S1 to S19 of a VM and the ground, seen from outside: each test is named after its rule.

#[path = "support/property.rs"]
mod property;
mod support;

mod rules {
    mod ask_answerers;
    mod ask_end;
    mod ask_handle;
    mod ask_model;
    mod ask_relay;
    mod ask_rest;
    mod ask_time;
    mod background;
    mod collection;
    mod combinator;
    mod containment;
    mod cost;
    mod demand;
    mod drops;
    mod explain;
    mod explained;
    mod faults;
    mod fuse;
    mod ground;
    mod handle;
    mod handle_closed;
    mod handle_panics;
    mod handle_presence;
    mod handle_spawned;
    mod identity;
    mod leaving;
    mod liveness;
    mod messages;
    mod monitor;
    mod nesting;
    mod order;
    mod owned;
    mod panics;
    mod perform;
    mod presence;
    mod running;
    mod services;
    mod sleep;
    mod snapshot;
    mod source;
    mod spawning;
    mod status;
    mod stop;
    mod trace;
    mod trace_late;
    mod trace_scope;
    mod turns;
    mod update;
}
