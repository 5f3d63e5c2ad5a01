//! The parts of the async runtime that the driver uses. The features select the runtime: smol if both are on.
//!
//! Both runtimes have the same reactor. They differ in the look-up of names.

#[cfg(not(any(feature = "async-std", feature = "smol")))]
compile_error!("driver-tcp-bare needs a runtime: turn on its feature `async-std` or `smol`");

pub(super) use async_io::{Async, Timer};
#[cfg(feature = "smol")]
pub(super) use async_net::resolve;

/// The addresses of a host.
#[cfg(not(feature = "smol"))]
pub(super) async fn resolve(host: (&str, u16)) -> std::io::Result<Vec<std::net::SocketAddr>> {
    use async_std::net::ToSocketAddrs;

    Ok(host.to_socket_addrs().await?.collect())
}
