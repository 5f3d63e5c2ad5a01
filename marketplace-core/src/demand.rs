//! Demand: a process for each thing that somebody is present for.
//!
//! `demands` counts who shows it, and `restart` makes servers again. Servers that finish by themselves are `finishing`'s,
//! with `services` for its counts. `census` is presence counted for everybody.

mod census;
mod demands;
mod finishing;
mod restart;
mod services;
mod shared;

use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex};

use crate::context::Context;
use crate::endpoint::{Endpoint, Peer};
use crate::limits::Limits;
use crate::{Message, Pattern, Pid, Reason, Spawn, Topic};

use demands::Demands;
use restart::Server;
use sealed::Sealed;
use shared::{shared, with};

pub use finishing::{Demand, ServiceMatcher};

/// Keeps a process, the *server*, for each key that some peer demands.
///
/// Endpoints say by [`Endpoint::match_demand`] what their peers demand; several endpoints of one process
/// may share a matcher, so that demand shown in either direction is one demand. The server is made at the
/// first peer's arrival and ended at the last one's departure, also when that happened before it was
/// there (rule S9).
///
/// A server that leaves by itself is not replaced while the same demand lasts, unless it fails and the matcher is
/// [told to make it again](Self::restarting). That is so because what a server knew of its conversation is gone with it:
/// one for a TCP connection cannot go on in the middle of the stream. Its peers hear of its absence and the reason, and
/// may withdraw their demand and show it anew.
///
/// A matcher belongs to the process whose endpoints use it; used by another, one that replaces it say, it
/// counts afresh. If its process goes, its servers stay: those that are to go with it watch for that. A process in its
/// place, such as a supervised one that is made again, knows nothing of them, and makes a second server for each demand
/// that has lasted.
///
/// [`Endpoint::for_each_conversation`] is the common case. A server that has something to finish, once its demand has gone,
/// is kept by a [`ServiceMatcher`].
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
    /// For servers that fail; none are made again without.
    limits: Option<Limits>,
}

type MakeServer<K> = Box<dyn FnMut(&K) -> Option<Spawn> + Send>;

impl<K: Eq + Hash + Clone + Send + 'static> DemandMatcher<K> {
    /// A matcher whose servers `server` makes; it may decline with `None`.
    pub fn new(server: impl FnMut(&K) -> Option<Spawn> + Send + 'static) -> Self {
        Self { demands: shared(Demands::default()), server: shared(Box::new(server)), limits: None }
    }

    /// The same, but a server that fails while its demand lasts is made again, under these limits. One that quits or
    /// is collected is not.
    ///
    /// Each server has limits of its own, so that one conversation cannot take those of others away: one that fails once
    /// too often is given up until its demand has gone and come back, which is logged as an error. When the demand goes,
    /// so does all that is waited for. The ground must have a [way to wait](crate::Ground::with_sleep): without, the
    /// matcher's process fails when a server does.
    ///
    /// # Examples
    ///
    /// ```
    /// # use marketplace_core::{Message, Spawn, topic};
    /// # #[derive(Debug, Message)]
    /// # struct Line(String);
    /// # fn room(name: &str) -> Spawn { Spawn::new((), |(), _| ()).named(name) }
    /// use marketplace_core::{DemandMatcher, Limits, Pattern};
    ///
    /// let rooms = Spawn::new((), |(), cx| {
    ///     let rooms = DemandMatcher::new(|name: &String| Some(room(name))).restarting(Limits::new());
    ///     cx.observe_publishers(topic!(Line(_))).match_demand(&rooms, |peer| peer.conversation.0.value());
    /// });
    /// ```
    #[must_use]
    pub fn restarting(self, limits: Limits) -> Self {
        Self { limits: Some(limits), ..self }
    }

    /// Makes the server.
    fn serve<S: 'static>(&self, cx: &mut Context<'_, S>, key: K, generation: u64) {
        let Some(spawn) = with(&self.server, |server| server(&key)) else { return };
        let matcher = self.clone();
        let Some(limits) = self.limits else {
            return cx.spawn_then(spawn, move |_, cx, pid| matcher.started(cx, &key, generation, pid));
        };
        let name = spawn.name().unwrap_or("server").into();
        let (theirs, server) = (self.clone(), Server { key, generation, name, limits });
        let ended = server.clone();
        cx.spawn_monitored(
            spawn,
            move |_, cx, pid| matcher.started(cx, &server.key, generation, pid),
            move |_, cx, _, reason| theirs.ended(cx, ended, reason),
        );
    }

    fn started<S: 'static>(&self, cx: &mut Context<'_, S>, key: &K, generation: u64, pid: Pid) {
        match with(&self.demands, |demands| demands.serve(key, generation, pid)) {
            Some(late) => cx.kill(&late, Reason::normal()),
            None => self.await_life(cx, key, generation),
        }
    }
}

/// What keeps servers as [`Endpoint::match_demand`] sees it: a [`DemandMatcher`] or a [`ServiceMatcher`].
pub trait Matcher<K>: Sealed + Clone + Send + 'static {
    /// A peer that demands `key` has come.
    #[doc(hidden)]
    fn arrive<S: 'static>(&self, cx: &mut Context<'_, S>, key: K);

    /// One has gone.
    #[doc(hidden)]
    fn depart<S: 'static>(&self, cx: &mut Context<'_, S>, key: &K, reason: &Reason);
}

mod sealed {
    /// Nobody else keeps servers: the two methods are between the endpoint and the matcher.
    pub trait Sealed {}

    impl<K> Sealed for super::DemandMatcher<K> {}

    impl<K> Sealed for super::ServiceMatcher<K> {}
}

impl<K: Eq + Hash + Clone + Send + 'static> Matcher<K> for DemandMatcher<K> {
    fn arrive<S: 'static>(&self, cx: &mut Context<'_, S>, key: K) {
        if let Some(generation) = with(&self.demands, |demands| demands.of(cx.pid()).arrive(&key)) {
            self.serve(cx, key, generation);
        }
    }

    fn depart<S: 'static>(&self, cx: &mut Context<'_, S>, key: &K, reason: &Reason) {
        if let Some(server) = with(&self.demands, |demands| demands.of(cx.pid()).depart(key)) {
            cx.kill(&server, reason.clone());
        }
    }
}

impl<K> Clone for DemandMatcher<K> {
    fn clone(&self) -> Self {
        Self { demands: Arc::clone(&self.demands), server: Arc::clone(&self.server), limits: self.limits }
    }
}

impl<K> fmt::Debug for DemandMatcher<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DemandMatcher").finish_non_exhaustive()
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
    pub fn for_each_conversation(self, server: impl FnMut(&P) -> Option<Spawn> + Send + 'static) -> Self {
        let matcher = of_conversations(server);
        self.counting().match_demand(&matcher, |peer| Some(peer.topic.clone()))
    }

    /// The same with servers that are made again when they fail: see [`DemandMatcher::restarting`].
    pub fn for_each_conversation_restarting(
        self,
        limits: Limits,
        server: impl FnMut(&P) -> Option<Spawn> + Send + 'static,
    ) -> Self {
        let matcher = of_conversations(server).restarting(limits);
        self.counting().match_demand(&matcher, |peer| Some(peer.topic.clone()))
    }

    /// Has the peers of this endpoint count as demand for what `key` says; `None` is no demand. See
    /// [`DemandMatcher`] and [`ServiceMatcher`] for examples.
    ///
    /// `key` must say the same of a peer whenever it is asked.
    pub fn match_demand<K: 'static>(
        self,
        matcher: &impl Matcher<K>,
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
}

/// A matcher that has conversations as its keys.
fn of_conversations<P>(mut server: impl FnMut(&P) -> Option<Spawn> + Send + 'static) -> DemandMatcher<Topic>
where
    P: Pattern<Value: Message<Pattern = P>>,
{
    DemandMatcher::new(move |topic: &Topic| server(topic.downcast_ref::<P::Value>()?))
}
