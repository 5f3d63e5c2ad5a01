//! The hub's state for another ground.

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
    /// Its name, after its hello.
    pub(super) name: Arc<str>,
    /// The transports that have found it, in order. The first one is used.
    pub(super) transports: Vec<usize>,
    pub(super) session: u64,
    pub(super) standing: Standing,
    pub(super) inbound: Inbound,
    pub(super) outbox: Outbox,
    /// Whether there is something to send, and whether to send an empty batch if there is not.
    pub(super) is_due: bool,
    pub(super) is_pulse: bool,
    /// Whether pressure is being announced.
    pub(super) is_pressed: bool,
    /// The last message that was sent to it, and the orientation and number of the mirror that received it last.
    pub(super) last: Option<(AnyMessage, Orientation, u64)>,
}

/// Whether a ground is accepted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Open,
    /// It has said goodbye. Only a newer session is accepted.
    Closed,
    /// It has been refused.
    Barred,
}

/// What has been received in this session.
#[derive(Default)]
pub(super) struct Inbound {
    /// The number of the next frame.
    pub(super) expected: u64,
    /// The types that both share, after its hello.
    pub(super) types: Option<Vec<TypeId>>,
    /// The mirrors of its endpoints, as indices.
    pub(super) mirrors: BTreeMap<u64, usize>,
    /// Whether everything in the other ground has been mirrored.
    pub(super) is_linked: bool,
    /// How many counted frames were received, processed, and acknowledged.
    pub(super) came: u64,
    pub(super) taken: u64,
    pub(super) told: u64,
    /// Whether it wants acknowledgements at once.
    pub(super) is_hurried: bool,
}

impl Peer {
    pub(super) fn new(ground: GroundId) -> Self {
        Self {
            ground,
            name: ground.to_string().into(),
            transports: Vec::new(),
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

    /// The name of the endpoint that announces that the ground is linked.
    pub(super) fn linked(&self) -> Value {
        Value::of(("linked", self.ground, self.session))
    }

    /// The name of the endpoint that announces that it does not keep up.
    pub(super) fn pressure(&self) -> Value {
        Value::of(("pressure", self.ground))
    }

    pub(super) fn lost(&self, cause: Cause) -> LinkLost {
        LinkLost { peer: Arc::clone(&self.name), ground: self.ground, cause }
    }

    /// Whether the message that a mirror receives was already sent because another mirror received it. Mirrors receive a message
    /// in the order of their numbers, so a message that arrives out of that order was sent again.
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

    /// The number of processed frames, if the other side does not know it yet.
    pub(super) const fn tell(&mut self) -> Option<u64> {
        if self.told == self.taken {
            return None;
        }
        self.told = self.taken;
        Some(self.taken)
    }

    /// Whether to acknowledge now.
    pub(super) const fn owes(&self, window: u64) -> bool {
        let untold = self.taken - self.told;
        untold > 0 && (self.is_hurried || untold >= window.div_ceil(4))
    }
}
