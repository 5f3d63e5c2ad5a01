//! Mirrors: a local endpoint for each endpoint of another ground.

use marketplace_core::{AddEndpoint, EventKinds, Orientation, Role, Token, Value};
use slab::Slab;

use super::FIRST_MIRROR;
use crate::ground::GroundId;

/// The mirrors of all grounds. A deleted one stays until the VM reports that it is closed.
#[derive(Default)]
pub(super) struct Mirrors {
    places: Slab<Mirror>,
    /// How many mirrors there have been.
    count: u64,
}

/// A local endpoint that represents one of another ground.
pub(super) struct Mirror {
    pub(super) ground: GroundId,
    pub(super) session: u64,
    pub(super) orientation: Orientation,
    /// Its number among all mirrors, in the order of creation.
    pub(super) number: u64,
}

impl Mirrors {
    /// Makes a mirror, and returns its index and the action that adds its endpoint.
    pub(super) fn add(&mut self, ground: GroundId, session: u64, role: Role) -> (usize, AddEndpoint) {
        self.count += 1;
        let mirror = Mirror { ground, session, orientation: role.orientation, number: self.count };
        let name = mirror.name();
        let place = self.places.insert(mirror);
        let token = Token(FIRST_MIRROR.0 + place as u64);
        (place, AddEndpoint { name, role, token, kinds: EventKinds::MESSAGE })
    }

    /// The mirror with a token.
    pub(super) fn get(&self, token: Token) -> Option<&Mirror> {
        self.places.get(place(token)?)
    }

    /// The mirror at an index.
    pub(super) fn at(&self, place: usize) -> Option<&Mirror> {
        self.places.get(place)
    }

    /// Forgets a mirror that is closed.
    pub(super) fn closed(&mut self, token: Token) {
        if let Some(place) = place(token) {
            self.places.try_remove(place);
        }
    }
}

impl Mirror {
    /// The name of its endpoint.
    pub(super) fn name(&self) -> Value {
        Value::from(("mirror", self.number))
    }
}

fn place(token: Token) -> Option<usize> {
    usize::try_from(token.0.checked_sub(FIRST_MIRROR.0)?).ok()
}
