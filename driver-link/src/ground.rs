//! The identity of a ground.

use std::fmt;
use std::hash::{BuildHasher, RandomState};

use marketplace_core::{Leaf, Message};

/// The identity of a linked ground: a random number, which is different in each run.
///
/// Send it along with values that have a meaning in one ground only, such as the number of a TCP handle.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroundId(pub u128);

impl GroundId {
    pub(crate) fn random() -> Self {
        // The standard library's hash keys are random, and no two are equal in one program.
        let [high, low] = [(); 2].map(|()| u128::from(RandomState::new().hash_one(0_u8)));
        Self((high << 64) | low)
    }
}

impl Message for GroundId {
    type Pattern = Leaf<Self>;
}

impl fmt::Display for GroundId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for GroundId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GroundId({self})")
    }
}
