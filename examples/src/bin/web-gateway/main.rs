//! A web server in front of stores of values. HTTP is served by axum on tokio; the stores are processes of an embedded
//! ground.
//!
//! Run it, open a store, ask it, close it, and watch the presence of stores at the same time:
//!
//! ```sh
//! curl -N localhost:5999/presence
//! curl -X PUT --data-binary $'apple=red\nplum=blue' localhost:5999/stores/fruit
//! curl localhost:5999/stores/fruit/apple
//! curl -X DELETE localhost:5999/stores/fruit
//! ```
//!
//! With `--inspect`, see it in a browser. The server keeps no list of stores: a store exists by being present as a process
//! that answers questions.
//!
//! | outcome of a question | status |
//! | --- | --- |
//! | an answer | 200 |
//! | the answer that there is no such key | 404 |
//! | there is no such store | 503 |
//! | the store quit or failed before it answered | 502 |
//! | the store did not answer in time | 504 |

mod presence;
mod route;
mod store;

use std::net::{IpAddr, Ipv4Addr};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clap::Parser;
use driver_signal::stop_on_signals;
use examples::{GRACE, InspectOptions, log_to_standard_error, print_address};
use futures::{FutureExt, StreamExt};
use marketplace_core::{Ground, Handle, PresenceChange, Stopping, topic};
use tokio::net::TcpListener;
use tokio::time::sleep;

use route::{Gateway, routes};

/// A web server in front of stores of values
#[derive(Debug, Parser)]
struct Options {
    /// The local address to listen on
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// The port to listen on; 0 lets the kernel pick one
    #[arg(long, value_name = "N", default_value_t = 5999)]
    port: u16,
    /// How long to wait for a store's answer, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    timeout: u64,
    /// How long the stores take to answer, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    delay: u64,
    #[command(flatten)]
    inspect: InspectOptions,
}

/// How long clients may take to receive their answers after the ground has ended.
const LINGER: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Options { bind, port, timeout, delay, inspect } = Options::parse();
    log_to_standard_error();
    let listener = TcpListener::bind((bind, port)).await;
    let listener = listener.with_context(|| format!("cannot listen on {bind} port {port}"))?;

    let ground = inspect.inspection().watch(Ground::new().with_sleep(sleep));
    let handle = ground.handle();
    let ground = ground.spawn(stop_on_signals(&handle, GRACE)?);
    // The ground has a thread of its own, so that its processes and the tasks of the web server do not delay each other.
    // That thread blocks on a tokio runtime, since the ground uses tokio's `sleep`.
    let runtime = tokio::runtime::Handle::current();
    let ground =
        thread::Builder::new().name("ground".into()).spawn(move || runtime.block_on(ground.run()))?;

    print_address(listener.local_addr()?)?;
    serve(listener, handle, Duration::from_millis(timeout), Duration::from_millis(delay)).await?;
    ground.join().map_err(|_| anyhow!("the ground panicked"))?
}

/// Serves until the program is asked to stop. Then waits until all connections are done, or some time after the ground has
/// ended.
async fn serve(
    listener: TcpListener,
    handle: Handle,
    patience: Duration,
    delay: Duration,
) -> anyhow::Result<()> {
    let closed = handle.closed();
    let stopping = stopping(handle.weak());
    let routes = routes(Gateway { handle, patience, delay });
    tokio::select! {
        served = axum::serve(listener, routes).with_graceful_shutdown(stopping).into_future() => Ok(served?),
        () = closed.then(|_| sleep(LINGER)) => Ok(()),
    }
}

/// Completes when the program is asked to stop, or the ground has ended.
async fn stopping(mut handle: Handle) {
    if let Ok(observation) = handle.observe_publishers(topic!(Stopping { .. }), 2).await {
        observation.any(|told| async move { matches!(told, Ok(PresenceChange::Presence { .. })) }).await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_gateway_whose_ground_is_gone_stops() -> anyhow::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        // The observation is dropped at once.
        let handle = Ground::new().handle();
        let serving = serve(listener, handle, Duration::ZERO, Duration::ZERO);
        timeout(Duration::from_secs(30), serving).await?
    }
}
