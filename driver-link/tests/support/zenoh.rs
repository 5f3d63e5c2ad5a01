//! How grounds reach each other by zenoh.

use std::net::SocketAddr;
use std::time::Duration;

use driver_link::Link;

use super::place::Place;
use super::threads::{OnThreads, Reach};

/// Grounds on threads of their own, joined by zenoh.
pub(crate) type OnZenoh = OnThreads<Seed>;

/// By TCP: all know the first one, and find each other by it.
#[derive(Default)]
pub(crate) struct Seed(Option<SocketAddr>);

impl Reach for Seed {
    const SHARES_REASONS: bool = false;

    fn join(&mut self, link: Link) -> anyhow::Result<Link> {
        let known: Vec<SocketAddr> = self.0.into_iter().collect();
        let place = Place::knowing(&known)?;
        self.0.get_or_insert(place.listen[0]);
        // Nobody is lost in the laws, but all of them run at the same time.
        Ok(link.join(place.transport()?.lease(Duration::from_secs(10))))
    }
}
