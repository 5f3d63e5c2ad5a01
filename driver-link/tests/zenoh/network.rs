//! Grounds that can reach each other.

use crate::place::Place;

/// All other grounds know the first one, the seed, and find each other through it.
pub(crate) struct Network {
    seed: Place,
}

impl Network {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self { seed: Place::knowing(&[])? })
    }

    /// The place of the seed.
    pub(crate) fn seed(&self) -> &Place {
        &self.seed
    }

    /// The place of another ground.
    pub(crate) fn other(&self) -> anyhow::Result<Place> {
        Place::knowing(&self.seed.listen)
    }
}
