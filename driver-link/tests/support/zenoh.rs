//! Joining grounds by zenoh.

use std::net::SocketAddr;
use std::time::Duration;

use driver_link::Link;

use super::place::Place;
use super::threads::{OnThreads, Reach};

/// Grounds on separate threads, joined by zenoh.
pub(crate) type OnZenoh = OnThreads<Seed>;

/// Over TCP. All grounds know the first one, and find each other through it.
#[derive(Default)]
pub(crate) struct Seed(Option<SocketAddr>);

impl Reach for Seed {
    const SHARES_REASONS: bool = false;

    fn join(&mut self, link: Link) -> anyhow::Result<Link> {
        let known: Vec<SocketAddr> = self.0.into_iter().collect();
        let place = Place::knowing(&known)?;
        self.0.get_or_insert(place.listen[0]);
        // No ground is lost in the laws, but all tests run at the same time, so the lease is long.
        Ok(link.join(place.transport()?.lease(Duration::from_secs(10))))
    }
}
