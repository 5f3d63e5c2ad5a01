//! The identity of a person, in a room that may have several places.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use marketplace_core::{Leaf, Message};
use serde::{Deserialize, Serialize};

/// A place of the room. Each place numbers its people separately, so that a name needs the place too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub(crate) enum Place {
    /// The only place.
    Only,
    /// One of several places, identified by a random number.
    OneOf(u64),
}

/// A person in the room, in any place.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub(crate) struct Speaker {
    place: Place,
    name: Arc<str>,
}

impl Place {
    /// One of several places.
    pub(crate) fn random() -> Self {
        // The standard library's hash keys are random.
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

/// The name, followed by enough of the place to tell people apart. Two people whose names look alike are still different.
impl fmt::Display for Speaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match self.place {
            Place::Only => Ok(()),
            Place::OneOf(place) => write!(f, "@{:04x}", place >> 48),
        }
    }
}
