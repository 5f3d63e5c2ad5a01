//! The ground's own process: it sees which event sources are subscribed to.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use crate::{EventSource, GroundEvent, Pattern, Spawn, topic};

/// The sources that somebody began or ceased to subscribe to, in that order, for the ground to follow.
#[derive(Clone, Default)]
pub(super) struct Demands(Arc<Mutex<Vec<Demand>>>);

pub(super) enum Demand {
    Open(EventSource),
    Close(EventSource),
}

impl Demands {
    /// The process that notes them.
    pub(super) fn watcher(&self) -> Spawn {
        Spawn::new(self.clone(), |_, cx| {
            cx.observe_subscribers(topic!(GroundEvent { source: _, .. }))
                .on_arrival(|demands: &mut Self, _, peer| {
                    demands.push(peer.conversation.source.value().map(Demand::Open));
                })
                .on_departure(|demands, _, peer, _| {
                    demands.push(peer.conversation.source.value().map(Demand::Close));
                });
        })
        .named("ground")
    }

    pub(super) fn take(&self) -> Vec<Demand> {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Somebody who subscribes to any source whatever asks for none.
    fn push(&self, demand: Option<Demand>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(demand);
    }
}
