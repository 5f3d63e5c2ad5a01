//! A service in one program, and its users in others. When a service is gone, its users switch to another one, by presence
//! alone.
//!
//! Run it in three terminals or more, on one machine or on several of a local network:
//!
//! ```sh
//! cargo run -p examples --features zenoh --bin link-demo -- --join demo serve kitchen
//! cargo run -p examples --features zenoh --bin link-demo -- --join demo serve cellar
//! cargo run -p examples --features zenoh --bin link-demo -- --join demo use
//! ```
//!
//! and kill the service in use, even with `kill -9`. With `--inspect` before `serve`, see it in a browser. No code here uses
//! time-outs or heartbeats: when the program of the [`service`] is gone, its subscription is absent.

mod factors;
mod service;
mod user;

use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, Subcommand};
use driver_link::{Link, Shared};
use examples::{InspectOptions, JoinOptions, log_to_standard_error, run};
use marketplace_core::Ground;

use factors::{Factors, Task};
use service::service;
use user::user;

/// A service in one program, and its users in others, which switch to another service when theirs is gone
#[derive(Debug, Parser)]
#[command(subcommand_precedence_over_arg = true)]
struct Options {
    #[command(flatten)]
    others: JoinOptions,
    #[command(flatten)]
    inspect: InspectOptions,
    #[command(subcommand)]
    part: Part,
}

/// What the program does.
#[derive(Debug, Subcommand)]
enum Part {
    /// Answer users with the prime factors of numbers
    Serve {
        /// The name of the service; no two should have the same name
        name: String,
    },
    /// Ask a service for the factors of one number after the other
    Use {
        /// How long to wait before the next number, in milliseconds
        #[arg(long, value_name = "MS", default_value_t = 500)]
        pause: u64,
    },
}

fn main() -> anyhow::Result<()> {
    let Options { others, inspect, part } = Options::parse();
    log_to_standard_error();
    let (name, process) = match part {
        Part::Serve { name } => (Arc::from(&*name), service(name.into())),
        Part::Use { pause } => (Arc::from("a user"), user(Duration::from_millis(pause))),
    };
    let link = Link::new(name)
        .share(Shared::<Task>::new().named("marketplace.examples/link-demo/Task", 1))
        .share(Shared::<Factors>::new().named("marketplace.examples/link-demo/Factors", 1));
    run(inspect.inspection().watch(Ground::new().spawn(others.join(link)?.spawn()).main(process)))
}
