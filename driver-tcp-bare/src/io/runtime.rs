//! What the driver needs of an async runtime, from the one that its features choose: smol where both are on.
//!
//! Both have the same reactor. They differ in how they look names up.

#[cfg(not(any(feature = "async-std", feature = "smol")))]
compile_error!("this driver needs a runtime: turn on its feature `async-std` or `smol`");

pub(super) use async_io::{Async, Timer};
#[cfg(feature = "smol")]
pub(super) use async_net::resolve;

/// The addresses of a host.
#[cfg(not(feature = "smol"))]
pub(super) async fn resolve(place: (&str, u16)) -> std::io::Result<Vec<std::net::SocketAddr>> {
    use async_std::net::ToSocketAddrs;

    Ok(place.to_socket_addrs().await?.collect())
}
