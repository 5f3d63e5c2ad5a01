//! Who speaks, in a room that may be in several places.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use marketplace_core::{Leaf, Message};
use serde::{Deserialize, Serialize};

/// Where a part of the room is: people are numbered in each place by themselves, so that their names need its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub(crate) enum Place {
    /// There is no other.
    Only,
    /// One of several: a random number.
    OneOf(u64),
}

/// Somebody in the room, wherever they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub(crate) struct Speaker {
    place: Place,
    name: Arc<str>,
}

impl Place {
    /// One of several.
    pub(crate) fn random() -> Self {
        // The standard library's keys of hash tables are random.
        Self::OneOf(RandomState::new().hash_one(0_u8))
    }
}

impl Speaker {
    pub(crate) fn new(place: Place, name: &str) -> Self {
        Self { place, name: name.into() }
    }
}

impl Message for Speaker {
    type Pattern = Leaf<Self>;
}

/// The name, and behind it as much of the place as tells people apart; two whose names look alike are still two.
impl fmt::Display for Speaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match self.place {
            Place::Only => Ok(()),
            Place::OneOf(place) => write!(f, "@{:04x}", place >> 48),
        }
    }
}
