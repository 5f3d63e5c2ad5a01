//! The programs of the chapter: a module for each page.

mod ask;
mod back_pressure;

mod registry;
mod retry;
mod supervision;
mod time_outs;
mod worker_pool;
