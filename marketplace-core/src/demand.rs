//! Demand: a server process for each thing that some peer demands.
//!
//! `demands` counts the peers of each server, and `restart` restarts servers. `finishing` is for servers that end by
//! themselves, with its counts in `services`. `census` counts presences for `on_arrival` and `on_departure`.

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
/// Use it when peers of different endpoints or conversations are to share a server. If each conversation has its own
/// server, use [`Endpoint::for_each_conversation`] instead.
///
/// By [`Endpoint::match_demand`] an endpoint says what its peers demand. Several endpoints of one process may share a
/// matcher, so that demand from either side counts as one demand. The server is started when the first peer arrives,
/// and ended when the last one leaves, even if that happens before the server exists (rule S9).
///
/// If a server ends by itself while the demand lasts, it is not replaced, because its knowledge of the conversation
/// is lost: the server of a TCP connection cannot continue in the middle of the stream. Its peers get its absence
/// with the reason, and can withdraw their demand and show it again. To restart servers that fail, use
/// [`restarting`](Self::restarting).
///
/// A matcher belongs to the process whose endpoints use it. If another process uses it, for example one that replaces
/// the first, the counts start again from zero. If the process ends, its servers stay: a server that is to end with
/// it must watch for its absence. A process in its place, such as a restarted child of a supervisor, does not know
/// the old servers and starts a second server for each demand that still exists.
///
/// For a server that has to finish something when its demand is gone, use a [`ServiceMatcher`].
///
/// # Examples
///
/// A room for each name to which some process sends or subscribes:
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
///     Spawn::new((), |(), _| println!("opened")).named(name)
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
    /// Limits the restarts of servers that fail. `None`: they are not restarted.
    limits: Option<Limits>,
}

type MakeServer<K> = Box<dyn FnMut(&K) -> Option<Spawn> + Send>;

impl<K: Eq + Hash + Clone + Send + 'static> DemandMatcher<K> {
    /// A matcher whose servers are made by `server`. If `server` returns `None`, there is no server for this demand.
    pub fn new(server: impl FnMut(&K) -> Option<Spawn> + Send + 'static) -> Self {
        Self { demands: shared(Demands::default()), server: shared(Box::new(server)), limits: None }
    }

    /// The same, but a server that fails while its demand lasts is restarted, under these limits. A server that quits
    /// or is collected is not restarted.
    ///
    /// Each server has limits of its own, so that one conversation cannot use up the restarts of another. A server
    /// that fails too often is not restarted until its demand is gone and comes back; this is logged as an error.
    /// When the demand is gone, all waiting for restarts ends. The ground must have a [way to
    /// wait](crate::Ground::with_sleep). Without one, the matcher's process fails when a server does.
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

    /// Starts the server.
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

/// The parameter of [`Endpoint::match_demand`]: a [`DemandMatcher`] or a [`ServiceMatcher`].
pub trait Matcher<K>: Sealed + Clone + Send + 'static {
    /// Counts a new peer that demands `key`.
    #[doc(hidden)]
    fn arrive<S: 'static>(&self, cx: &mut Context<'_, S>, key: K);

    /// Counts a peer that has left.
    #[doc(hidden)]
    fn depart<S: 'static>(&self, cx: &mut Context<'_, S>, key: &K, reason: &Reason);
}

mod sealed {
    /// Sealed: the two methods are internal to the endpoint and the matcher.
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
    /// Keeps a process, the *server*, for each distinct conversation that has a peer. It is started when the first
    /// peer of the conversation arrives, and ended when the last one leaves.
    ///
    /// `server` makes it from the conversation, whose parts are patterns. If it returns `None`, there is no server
    /// for this conversation. Otherwise this is a [`DemandMatcher`] with the conversation as its key.
    ///
    /// It cannot be used on an endpoint that replaces the handlers of an existing one; see
    /// [`on_arrival`](Self::on_arrival). There, use [`match_demand`](Self::match_demand) with the matcher of the
    /// first endpoint.
    ///
    /// # Examples
    ///
    /// A server for each client, which ends when the client is gone:
    ///
    /// ```
    /// use marketplace_core::{Message, Pattern, Spawn, topic};
    ///
    /// #[derive(Debug, Message)]
    /// struct Line {
    ///     client: u32,
    ///     text: String,
    /// }
    ///
    /// fn session(client: u32) -> Spawn {
    ///     Spawn::new((), move |(), cx| {
    ///         cx.subscriber(topic!(Line { client, .. })).on_message(|(), _, line| println!("{}", line.text));
    ///     })
    /// }
    ///
    /// let listener = Spawn::new((), |(), cx| {
    ///     cx.observe_publishers(topic!(Line { .. }))
    ///         .for_each_conversation(|conversation| Some(session(conversation.client.value()?)));
    /// });
    /// ```
    pub fn for_each_conversation(self, server: impl FnMut(&P) -> Option<Spawn> + Send + 'static) -> Self {
        let matcher = of_conversations(server);
        self.counting().match_demand(&matcher, |peer| Some(peer.topic.clone()))
    }

    /// The same with servers that are restarted when they fail: see [`DemandMatcher::restarting`].
    pub fn for_each_conversation_restarting(
        self,
        limits: Limits,
        server: impl FnMut(&P) -> Option<Spawn> + Send + 'static,
    ) -> Self {
        let matcher = of_conversations(server).restarting(limits);
        self.counting().match_demand(&matcher, |peer| Some(peer.topic.clone()))
    }

    /// Counts the peers of this endpoint as demand for the key that `key` returns. `None` is no demand. See
    /// [`DemandMatcher`] and [`ServiceMatcher`] for examples.
    ///
    /// `key` must always return the same for the same peer.
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
