//! Servers that end by themselves when they are no longer demanded.

use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex};

use crate::context::{Context, Network};
use crate::handler_result::HandlerResult;
use crate::{Event, EventKinds, Message, Reason, Spawn, Value, topic};

use super::Matcher;
use super::services::Services;
use super::shared::{shared, with};

/// Keeps a process, the *server*, for each key that some peer demands, and lets it finish: a server can still write
/// what it has received, for example, or close what it has opened.
///
/// It is like a [`DemandMatcher`](super::DemandMatcher), but that one ends its servers at once. Here a server gets a
/// [`Demand`] when it is made, which tells it when the demand is gone. The server then quits when it is done.
///
/// * If the demand goes away and comes back within a round, the server stays. This happens when a client replaces its
///   endpoint by another one.
/// * While a server finishes, new demand waits for its end, and then gets a new server. There are never two servers
///   for one key at a time.
/// * If a server ends while it is demanded, for example because it failed, it is not replaced until the demand is
///   gone and comes back.
/// * If the matcher's process ends, the demand for all its servers is gone, and they finish. A process in its place,
///   such as a restarted child of a supervisor, does not know the old servers, and does not wait for their end.
///
/// So if a driver quits when the program stops, all its servers finish first.
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
/// /// Writes a file. It ends when it is no longer demanded and all is written.
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

/// The demand for which a [`ServiceMatcher`] made a server. By [`on_end`](Self::on_end) the server learns that it is
/// gone.
#[derive(Clone, Debug)]
pub struct Demand {
    name: Value,
}

/// The matcher's process publishes it while there is demand. Only the server observes it.
#[derive(Debug, Message)]
struct Demanded {
    name: Value,
}

impl Demand {
    /// Calls `handler` once, when the server is no longer demanded. The server should then accept nothing more,
    /// finish, and quit. The reason is that of the last peer's departure.
    ///
    /// Call it in the server's first turn. A server that never calls it is not ended by its matcher.
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
                    // The demand was gone before the server existed.
                    Event::Settled { peers: 0, .. } => handler(state, cx, &Reason::normal()).into_result(),
                    _ => Ok(()),
                }
            },
        );
    }
}

impl<K: Eq + Hash + Clone + Send + 'static> ServiceMatcher<K> {
    /// A matcher whose servers are made by `server`. If `server` returns `None`, there is no server for this demand.
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
