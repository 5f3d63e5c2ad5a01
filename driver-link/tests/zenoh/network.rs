//! Grounds that can reach each other.

use crate::place::Place;

/// All others know the first, the seed, and find each other by it.
pub(crate) struct Network {
    seed: Place,
}

impl Network {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self { seed: Place::knowing(&[])? })
    }

    /// Where the ground is that the others know.
    pub(crate) fn seed(&self) -> &Place {
        &self.seed
    }

    /// Where another ground is.
    pub(crate) fn other(&self) -> anyhow::Result<Place> {
        Place::knowing(&self.seed.listen)
    }
}
