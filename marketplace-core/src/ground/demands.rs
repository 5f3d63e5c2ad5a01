//! The ground's own process: it observes which event sources have subscribers.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use crate::{EventSource, GroundEvent, Pattern, Spawn, topic};

/// The sources that got their first subscriber or lost their last one, in this order, for the ground to open and
/// close.
#[derive(Clone, Default)]
pub(super) struct Demands(Arc<Mutex<Vec<Demand>>>);

pub(super) enum Demand {
    Open(EventSource),
    Close(EventSource),
}

/// The number of subscribers of each source.
type Subscribers = HashMap<EventSource, usize>;

impl Demands {
    /// The process that records them. A subscriber to all sources opens none.
    pub(super) fn watcher(&self) -> Spawn {
        let (opening, closing) = (self.clone(), self.clone());
        Spawn::new(Subscribers::new(), |_, cx| {
            cx.observe_subscribers(topic!(GroundEvent { source: _, .. }))
                .on_presence(move |subscribers, _, peer| {
                    let Some(source) = peer.conversation.source.value() else { return };
                    let count = subscribers.entry(source.clone()).or_default();
                    *count += 1;
                    if *count == 1 {
                        opening.push(Demand::Open(source));
                    }
                })
                .on_absence(move |subscribers, _, peer, _| {
                    let Some(source) = peer.conversation.source.value() else { return };
                    let Some(count) = subscribers.get_mut(&source) else { return };
                    *count -= 1;
                    if *count == 0 {
                        subscribers.remove(&source);
                        closing.push(Demand::Close(source));
                    }
                });
        })
        .named("ground")
    }

    pub(super) fn take(&self) -> Vec<Demand> {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn push(&self, demand: Demand) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(demand);
    }
}
