//! Servers that finish by themselves once nobody demands them any more.

use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex};

use crate::context::{Context, Network};
use crate::handler_result::HandlerResult;
use crate::{Event, EventKinds, Message, Reason, Spawn, Value, topic};

use super::Matcher;
use super::services::Services;
use super::shared::{shared, with};

/// Keeps a process, the *server*, for each key that some peer demands, and lets it finish: one that has still to write
/// what it was given, say, or to close what it has opened.
///
/// Otherwise it is like a [`DemandMatcher`](super::DemandMatcher), which ends its servers at once. Here a server is told
/// that the demand has gone, by the [`Demand`] that it was made with, and quits when it is done. This holds:
///
/// * Demand that goes and comes back within a round, as where a client makes its endpoint anew, does not end a server.
/// * While a server finishes, new demand waits for its end, and then has a new one: there are never two at a time for one
///   key.
/// * A server that ends while it is demanded, because it has failed say, is not replaced until the demand has gone and
///   come back.
/// * If the matcher's process goes, the demand for all of its servers goes with it, and they finish. A process in its
///   place, such as a supervised one that is made again, knows nothing of them, and does not wait for their end.
///
/// So a driver that quits when the program stops has all its servers finish first.
///
/// # Examples
///
/// ```
/// use marketplace_core::{Context, Demand, Message, Pattern, ServiceMatcher, Spawn, Stopping, topic};
///
/// #[derive(Debug, Message)]
/// struct Line {
///     file: String,
///     #[message(skip)]
///     text: String,
/// }
///
/// /// Speaks for a file until it is wanted no more and all is written.
/// fn file(name: &str, demand: Demand) -> Spawn {
///     let lines = topic!(Line { file: name.to_owned(), .. });
///     Spawn::new(Vec::new(), move |_, cx| {
///         cx.subscriber(lines).on_message(|waiting: &mut Vec<String>, _, line| waiting.push(line.text.clone()));
///         demand.on_end(cx, |waiting, cx, _reason| {
///             println!("{}", waiting.concat());
///             cx.quit();
///         });
///     })
/// }
///
/// let driver = Spawn::new((), |(), cx| {
///     let files = ServiceMatcher::new(|name: &String, demand| Some(file(name, demand)));
///     cx.observe_publishers(topic!(Line { .. })).match_demand(&files, |peer| peer.conversation.file.value());
///     cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| cx.quit());
/// });
/// ```
pub struct ServiceMatcher<K> {
    services: Arc<Mutex<Services<K>>>,
    server: Arc<Mutex<MakeServer<K>>>,
}

type MakeServer<K> = Box<dyn FnMut(&K, Demand) -> Option<Spawn> + Send>;

/// The demand that a server is made for, by a [`ServiceMatcher`]; it tells the server when it has gone.
#[derive(Clone, Debug)]
pub struct Demand {
    name: Value,
}

/// Published by the matcher's process while there is demand; it is the server's alone.
#[derive(Debug, Message)]
struct Demanded {
    name: Value,
}

impl Demand {
    /// Has a server do something, once, when it is demanded no more: take nothing more, do the rest, and quit. The reason
    /// is the one with which the last peer went.
    ///
    /// To be called in the server's first turn. A server that never does is not ended by its matcher.
    pub fn on_end<S: 'static, R: HandlerResult>(
        &self,
        cx: &mut Network<'_, S>,
        mut handler: impl FnMut(&mut S, &mut Context<'_, S>, &Reason) -> R + Send + 'static,
    ) {
        let demanded = topic!(Demanded { name: self.name.clone() });
        cx.observe_publishers(demanded).on(
            EventKinds::ABSENCE | EventKinds::SETTLED,
            move |state, cx, event| {
                match event {
                    Event::Absence { reason, .. } => handler(state, cx, reason).into_result(),
                    // It had gone before the server was there.
                    Event::Settled { peers: 0, .. } => handler(state, cx, &Reason::normal()).into_result(),
                    _ => Ok(()),
                }
            },
        );
    }
}

impl<K: Eq + Hash + Clone + Send + 'static> ServiceMatcher<K> {
    /// A matcher whose servers `server` makes; it may decline with `None`.
    pub fn new(server: impl FnMut(&K, Demand) -> Option<Spawn> + Send + 'static) -> Self {
        Self { services: shared(Services::default()), server: shared(Box::new(server)) }
    }

    fn serve<S: 'static>(&self, cx: &mut Context<'_, S>, key: K, name: Value) {
        let Some(spawn) = with(&self.server, |server| server(&key, Demand { name: name.clone() })) else {
            return self.ended(cx, key, name);
        };
        cx.publisher(topic!(Demanded { name: name.clone() })).named(name.clone());
        let matcher = self.clone();
        cx.spawn_monitored(spawn, |_, _, _| {}, move |_, cx, _, _| matcher.ended(cx, key, name));
    }

    fn ended<S: 'static>(&self, cx: &mut Context<'_, S>, key: K, demand: Value) {
        let next = with(&self.services, |services| services.end(&key, &demand));
        cx.delete(demand);
        if let Some(demand) = next {
            self.serve(cx, key, demand);
        }
    }
}

impl<K: Eq + Hash + Clone + Send + 'static> Matcher<K> for ServiceMatcher<K> {
    fn arrive<S: 'static>(&self, cx: &mut Context<'_, S>, key: K) {
        if let Some(demand) = with(&self.services, |services| services.of(cx.pid()).arrive(&key)) {
            self.serve(cx, key, demand);
        }
    }

    fn depart<S: 'static>(&self, cx: &mut Context<'_, S>, key: &K, reason: &Reason) {
        let Some(demand) = with(&self.services, |services| services.of(cx.pid()).depart(key)) else { return };
        let (services, key, reason) = (Arc::clone(&self.services), key.clone(), reason.clone());
        cx.yield_then(move |_, cx| {
            if with(&services, |services| services.release(&key, &demand)) {
                cx.delete_because(demand, reason);
            }
        });
    }
}

impl<K> Clone for ServiceMatcher<K> {
    fn clone(&self) -> Self {
        Self { services: Arc::clone(&self.services), server: Arc::clone(&self.server) }
    }
}

impl<K> fmt::Debug for ServiceMatcher<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceMatcher").finish_non_exhaustive()
    }
}
