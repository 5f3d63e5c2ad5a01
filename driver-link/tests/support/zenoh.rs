//! Grounds on threads of their own, joined by zenoh.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use driver_link::Link;
use marketplace_core::Ground;
use marketplace_testing::TestProgram;

use super::place::Place;
use super::threads::{Frozen, Mark, flow, freeze};
use super::{Way, shared};

/// By TCP: all know the first one, and find each other by it.
#[derive(Default)]
pub(crate) struct OnZenoh {
    seed: Option<SocketAddr>,
    marks: u32,
    frozen: BTreeMap<usize, Frozen>,
}

impl Way for OnZenoh {
    const SHARES_REASONS: bool = false;

    fn start(&mut self, ground: Ground, link: Link) -> anyhow::Result<TestProgram> {
        let known: Vec<SocketAddr> = self.seed.into_iter().collect();
        let place = Place::knowing(&known)?;
        self.seed.get_or_insert(place.listen[0]);
        // Nobody is lost in the laws, but all of them run at the same time.
        let carrier = place.carrier()?.lease(Duration::from_secs(10));
        let link = link.share(shared::<Mark>()).join(carrier);
        Ok(TestProgram::run(ground.spawn(link.spawn()))?)
    }

    fn flow(&mut self, grounds: &[&TestProgram]) -> anyhow::Result<()> {
        flow(grounds, &mut self.marks)
    }

    fn freeze(&mut self, number: usize, ground: &TestProgram) -> anyhow::Result<()> {
        self.frozen.insert(number, freeze(ground)?);
        Ok(())
    }

    fn thaw(&mut self, number: usize) -> anyhow::Result<()> {
        self.frozen.remove(&number);
        Ok(())
    }
}
