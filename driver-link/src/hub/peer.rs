//! Another ground, as the hub knows it.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::Arc;

use marketplace_core::{AnyMessage, Orientation, Value};

use super::mirrors::Mirror;
use super::outbox::Outbox;
use crate::error::{Cause, LinkLost};
use crate::ground::GroundId;

/// Another ground.
pub(super) struct Peer {
    pub(super) ground: GroundId,
    /// What it calls itself, once it has said so.
    pub(super) name: Arc<str>,
    /// The carriers that have met it, in this order; the first one is used.
    pub(super) carriers: Vec<usize>,
    pub(super) session: u64,
    pub(super) standing: Standing,
    pub(super) inbound: Inbound,
    pub(super) outbox: Outbox,
    /// Whether something is to be sent, and whether a pulse is, if there is nothing else.
    pub(super) is_due: bool,
    pub(super) is_pulse: bool,
    /// Whether there is pressure, as is told here.
    pub(super) is_pressed: bool,
    /// The message that was sent on last, and the orientation and number of the mirror that heard it last.
    pub(super) last: Option<(AnyMessage, Orientation, u64)>,
}

/// Whether a ground is listened to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Open,
    /// It has said goodbye: only a newer session is listened to.
    Closed,
    /// It has been refused.
    Barred,
}

/// What has come in this session.
#[derive(Default)]
pub(super) struct Inbound {
    /// The number of the next frame.
    pub(super) expected: u64,
    /// The types that both share, once it has said hello.
    pub(super) types: Option<Vec<TypeId>>,
    /// The places of its endpoints' mirrors.
    pub(super) mirrors: BTreeMap<u64, usize>,
    /// Whether all there was over there has been mirrored.
    pub(super) is_linked: bool,
    /// How many frames that count have come, have been taken, and how many it has been told of.
    pub(super) came: u64,
    pub(super) taken: u64,
    pub(super) told: u64,
    /// Whether it wants to be told at once.
    pub(super) is_hurried: bool,
}

impl Peer {
    pub(super) fn new(ground: GroundId) -> Self {
        Self {
            ground,
            name: ground.to_string().into(),
            carriers: Vec::new(),
            session: 0,
            standing: Standing::Open,
            inbound: Inbound::default(),
            outbox: Outbox::default(),
            is_due: false,
            is_pulse: false,
            is_pressed: false,
            last: None,
        }
    }

    /// The name of the endpoint that says that the ground is linked.
    pub(super) fn linked(&self) -> Value {
        Value::of(("linked", self.ground, self.session))
    }

    /// The name of the endpoint that says that it does not keep up.
    pub(super) fn pressure(&self) -> Value {
        Value::of(("pressure", self.ground))
    }

    pub(super) fn lost(&self, cause: Cause) -> LinkLost {
        LinkLost { peer: Arc::clone(&self.name), ground: self.ground, cause }
    }

    /// Whether what a mirror hears was sent on when another one heard it: a message is told to mirrors in the order of
    /// their numbers, so one that is told out of order has been sent once more.
    pub(super) fn is_sent_on(&mut self, message: &AnyMessage, mirror: &Mirror) -> bool {
        let Mirror { orientation, number, .. } = *mirror;
        let is_again = self.last.as_ref().is_some_and(|(last, last_orientation, last_number)| {
            *last_orientation == orientation && *last_number < number && last.is_same(message)
        });
        self.last = Some((message.clone(), orientation, number));
        is_again
    }
}

impl Inbound {
    pub(super) fn shares(&self, message_type: TypeId) -> bool {
        self.types.as_ref().is_some_and(|types| types.contains(&message_type))
    }

    /// What has been taken, if the other side does not know.
    pub(super) const fn tell(&mut self) -> Option<u64> {
        if self.told == self.taken {
            return None;
        }
        self.told = self.taken;
        Some(self.taken)
    }

    /// Whether the other side is to be told now of what has been taken.
    pub(super) const fn owes(&self, window: u64) -> bool {
        let untold = self.taken - self.told;
        untold > 0 && (self.is_hurried || untold >= window.div_ceil(4))
    }
}
