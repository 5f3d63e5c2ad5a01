//! The programs of the chapter: a module for each page.

mod ask;
mod axum;
mod back_pressure;
mod blocking;
mod cores;
mod idle_connections;
mod inspector;
mod machines;
mod reconnecting;
mod registry;
mod retry;
mod seeing;
mod supervision;
mod testing;
mod time_outs;
mod worker_pool;
