//! Demand: a process for each thing that somebody is present for, and presence counted.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use crate::context::Context;
use crate::endpoint::{Endpoint, Peer};
use crate::outcome::Outcome;
use crate::{Interest, Message, Pattern, Pid, Reason, Spawn, Topic};

/// Keeps a process, the *server*, for each key that some peer demands.
///
/// Endpoints say by [`Endpoint::match_demand`] what their peers demand; several endpoints of one process
/// may share a matcher, so that demand shown in either direction is one demand. The server is made at the
/// first peer's arrival and ended at the last one's departure, also when that happened before it was
/// there (rule S9). One that leaves by itself is not replaced while the same demand lasts.
///
/// A matcher belongs to the process whose endpoints use it; used by another, one that replaces it say, it
/// counts afresh. If its process goes, its servers stay: those that are to go with it watch for that.
///
/// [`Endpoint::for_each_conversation`] is the common case.
///
/// # Examples
///
/// A room for each name that somebody speaks to or listens to:
///
/// ```
/// use marketplace_core::{DemandMatcher, Message, Pattern, Spawn, topic};
///
/// #[derive(Debug, Message)]
/// struct Line {
///     room: String,
///     text: String,
/// }
///
/// fn room(name: &str) -> Spawn {
///     Spawn::new((), |(), _| println!("opens")).named(name)
/// }
///
/// let rooms = Spawn::new((), |(), cx| {
///     let rooms = DemandMatcher::new(|name: &String| Some(room(name)));
///     cx.observe_publishers(topic!(Line { .. })).match_demand(&rooms, |peer| peer.conversation.room.value());
///     cx.observe_subscribers(topic!(Line { .. })).match_demand(&rooms, |peer| peer.conversation.room.value());
/// });
/// ```
pub struct DemandMatcher<K> {
    demands: Arc<Mutex<Demands<K>>>,
    server: Arc<Mutex<MakeServer<K>>>,
}

type MakeServer<K> = Box<dyn FnMut(&K) -> Option<Spawn> + Send>;

/// The demand for one server.
struct Demand {
    peers: usize,
    generation: u64,
    server: Option<Pid>,
}

/// The demands there are, and the number of them so far.
struct Demands<K> {
    /// The process that counts: the counts of one that is gone mean nothing to the next.
    owner: Option<Pid>,
    by_key: HashMap<K, Demand>,
    generation: u64,
}

impl<K: Eq + Hash + Clone + Send + 'static> DemandMatcher<K> {
    /// A matcher whose servers `server` makes; it may decline with `None`.
    pub fn new(server: impl FnMut(&K) -> Option<Spawn> + Send + 'static) -> Self {
        Self {
            demands: shared(Demands { owner: None, by_key: HashMap::new(), generation: 0 }),
            server: shared(Box::new(server)),
        }
    }

    fn arrive<S: 'static>(&self, cx: &mut Context<'_, S>, key: K) {
        let arrived = with(&self.demands, |demands| demands.of(cx.pid()).arrive(&key));
        let Some(generation) = arrived else { return };
        let Some(spawn) = with(&self.server, |server| server(&key)) else { return };
        let demands = Arc::clone(&self.demands);
        cx.spawn_then(spawn, move |_, cx, pid| {
            if let Some(late) = with(&demands, |demands| demands.serve(&key, generation, pid)) {
                cx.kill(&late, Reason::normal());
            }
        });
    }

    fn depart<S: 'static>(&self, cx: &mut Context<'_, S>, key: &K, reason: &Reason) {
        if let Some(server) = with(&self.demands, |demands| demands.of(cx.pid()).depart(key)) {
            cx.kill(&server, reason.clone());
        }
    }
}

impl<K: Eq + Hash + Clone> Demands<K> {
    /// The demands that `process` has seen.
    fn of(&mut self, process: &Pid) -> &mut Self {
        if self.owner.as_ref() != Some(process) {
            self.owner = Some(process.clone());
            self.by_key.clear();
        }
        self
    }

    /// Counts one more peer; the generation of the server to make, if it is the first.
    fn arrive(&mut self, key: &K) -> Option<u64> {
        if let Some(demand) = self.by_key.get_mut(key) {
            demand.peers += 1;
            return None;
        }
        self.generation += 1;
        self.by_key.insert(key.clone(), Demand { peers: 1, generation: self.generation, server: None });
        Some(self.generation)
    }

    /// Counts one peer less; the server to end, if it was the last.
    fn depart(&mut self, key: &K) -> Option<Pid> {
        let demand = self.by_key.get_mut(key)?;
        demand.peers -= 1;
        if demand.peers > 0 {
            return None;
        }
        self.by_key.remove(key)?.server
    }

    /// Notes a server; hands it back, to be ended, if the demand for it is gone.
    fn serve(&mut self, key: &K, generation: u64, server: Pid) -> Option<Pid> {
        match self.by_key.get_mut(key).filter(|demand| demand.generation == generation) {
            Some(demand) => {
                demand.server = Some(server);
                None
            }
            None => Some(server),
        }
    }
}

impl<K> Clone for DemandMatcher<K> {
    fn clone(&self) -> Self {
        Self { demands: Arc::clone(&self.demands), server: Arc::clone(&self.server) }
    }
}

impl<K> fmt::Debug for DemandMatcher<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DemandMatcher").finish_non_exhaustive()
    }
}

/// How many peers there are of one conversation and interest each.
struct Census(HashMap<(Topic, Interest), usize>);

impl Census {
    /// Counts one more; whether it is the first of its kind.
    fn arrive<P>(&mut self, peer: Peer<'_, P>) -> bool {
        let count = self.0.entry((peer.topic.clone(), peer.interest)).or_default();
        *count += 1;
        *count == 1
    }

    /// Counts one less; whether it was the last of its kind.
    fn depart<P>(&mut self, peer: Peer<'_, P>) -> bool {
        let kind = (peer.topic.clone(), peer.interest);
        let Some(count) = self.0.get_mut(&kind) else { return false };
        *count -= 1;
        let is_last = *count == 0;
        if is_last {
            self.0.remove(&kind);
        }
        is_last
    }
}

impl<S, P> Endpoint<'_, S, P>
where
    S: 'static,
    P: Pattern<Value: Message<Pattern = P>>,
{
    /// Keeps a process for each distinct conversation that somebody is present for: the *demand matcher*
    /// with the conversation as its key.
    ///
    /// Not for an endpoint that replaces the handlers of another, as for [`on_arrival`](Self::on_arrival);
    /// there use [`match_demand`](Self::match_demand) with the matcher of the first.
    pub fn for_each_conversation(self, mut server: impl FnMut(&P) -> Option<Spawn> + Send + 'static) -> Self {
        let matcher = DemandMatcher::new(move |topic: &Topic| server(topic.downcast_ref::<P::Value>()?));
        self.counting().match_demand(&matcher, |peer| Some(peer.topic.clone()))
    }

    /// Has the peers of this endpoint count as demand for what `key` says; `None` is no demand. See
    /// [`DemandMatcher`] for an example.
    ///
    /// `key` must say the same of a peer whenever it is asked.
    pub fn match_demand<K: Eq + Hash + Clone + Send + 'static>(
        self,
        matcher: &DemandMatcher<K>,
        key: impl Fn(Peer<'_, P>) -> Option<K> + Send + Sync + 'static,
    ) -> Self {
        let (arriving, departing) = (matcher.clone(), matcher.clone());
        let key = Arc::new(key);
        let key_of = Arc::clone(&key);
        self.on_presence(move |_, cx, peer| {
            if let Some(key) = key_of(peer) {
                arriving.arrive(cx, key);
            }
        })
        .on_absence(move |_, cx, peer, reason| {
            if let Some(key) = key(peer) {
                departing.depart(cx, &key, reason);
            }
        })
    }

    /// Handles the first arrival of a peer for each distinct conversation and interest (rule S7).
    ///
    /// Not for an endpoint that replaces the handlers of another of its name (rule S8): it is not told of
    /// the peers who are there already, so it could not count, and the turn fails.
    pub fn on_arrival<R: Outcome>(
        self,
        mut handler: impl FnMut(&mut S, &mut Context<'_, S>, Peer<'_, P>) -> R + Send + 'static,
    ) -> Self {
        let arriving = shared(Census(HashMap::new()));
        let departing = Arc::clone(&arriving);
        let counting = self.counting().on_presence(move |state, cx, peer| {
            let is_first = with(&arriving, |census| census.arrive(peer));
            if is_first { handler(state, cx, peer).into_result() } else { Ok(()) }
        });
        counting.on_absence(move |_, _, peer, _| {
            with(&departing, |census| census.depart(peer));
        })
    }

    /// Handles the last departure of a peer for each distinct conversation and interest (rule S7).
    ///
    /// Not for an endpoint that replaces the handlers of another, as for [`on_arrival`](Self::on_arrival).
    pub fn on_departure<R: Outcome>(
        self,
        mut handler: impl FnMut(&mut S, &mut Context<'_, S>, Peer<'_, P>, &Reason) -> R + Send + 'static,
    ) -> Self {
        let arriving = shared(Census(HashMap::new()));
        let departing = Arc::clone(&arriving);
        let counting = self.counting().on_presence(move |_, _, peer| {
            with(&arriving, |census| census.arrive(peer));
        });
        counting.on_absence(move |state, cx, peer, reason| {
            let is_last = with(&departing, |census| census.depart(peer));
            if is_last { handler(state, cx, peer, reason).into_result() } else { Ok(()) }
        })
    }
}

/// State that several handlers of one process share; they run in turn, so nobody ever waits for it.
fn shared<T>(state: T) -> Arc<Mutex<T>> {
    Arc::new(Mutex::new(state))
}

fn with<T, R>(state: &Mutex<T>, work: impl FnOnce(&mut T) -> R) -> R {
    work(&mut state.lock().unwrap_or_else(PoisonError::into_inner))
}
