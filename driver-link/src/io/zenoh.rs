//! The carrier between machines: Eclipse Zenoh.
//!
//! A ground has one liveliness token, by which others meet and lose it, and one key to which they send. All is done on
//! one thread: zenoh's own threads only hand over what has come, and nobody waits for a put but that thread.

mod gate;
mod key;
mod packet;
mod peer;
mod post;
mod session;

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use ::zenoh::Config;
use anyhow::{Context, ensure};
use tracing::warn;

use crate::carrier::{Carrier, Outward, Start};
use crate::codec::{Codec, CodecLimits};
use crate::frame::Batch;
use crate::ground::GroundId;
use gate::{Event, Gates};
use key::Keys;
use packet::most_waiting;
use post::Post;

/// Joins grounds on several machines: all those that use the same network's name and can reach each other by
/// [Zenoh](https://zenoh.io).
///
/// By default grounds are peers: they find each other by multicast in the local network, and by each other, and need no
/// server. Unless told otherwise a peer listens on all interfaces, at
/// any port; `listen/endpoints` of `[]` is for one who only connects. With `mode: "client"` in the [configuration](Self::config) all goes through a router. Whoever can reach the
/// network can join it, and read what is said in it: use TLS and access control, which are zenoh's, as the crate's page
/// shows.
///
/// What keeps zenoh from beginning, a port that is in use, say, is a [`LinkError`](crate::LinkError); it is not tried again.
///
/// # Examples
///
/// ```
/// use driver_link::{Link, Shared, Zenoh, ZenohConfig};
/// use marketplace_core::Message;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Message, Serialize, Deserialize)]
/// #[message(serde)]
/// struct Said { text: String }
///
/// /// One of the rooms: it listens on one address only, and knows another one.
/// fn kitchen() -> anyhow::Result<Link> {
///     let mut config = ZenohConfig::default();
///     let settings = [
///         ("scouting/multicast/enabled", "false"),
///         ("listen/endpoints", r#"["tcp/192.0.2.8:7447"]"#),
///         ("connect/endpoints", r#"["tcp/192.0.2.7:7447"]"#),
///     ];
///     for (key, value) in settings {
///         config.insert_json5(key, value).map_err(anyhow::Error::from_boxed)?;
///     }
///     let said = Shared::<Said>::new().named("example.org/Said", 1);
///     Ok(Link::new("kitchen").share(said).join(Zenoh::new("rooms").config(config)))
/// }
/// ```
#[derive(Debug)]
pub struct Zenoh {
    network: String,
    config: Config,
    lease: Duration,
    limits: CodecLimits,
}

/// The link's way to the thread.
struct End {
    events: Sender<Event>,
    /// Ends with the thread.
    ended: Receiver<()>,
    lease: Duration,
}

/// The shortest lease: below, a machine that is busy would be taken for one that is gone.
const SHORTEST: Duration = Duration::from_millis(100);

/// The least that a packet must be able to hold: what says that somebody has gone, and why, or who is there.
const SMALLEST: usize = 4 * 1024;

impl Zenoh {
    /// Joins the grounds of a network. Its name is one part or several of a zenoh key, such as `rooms` or
    /// `example/rooms`, without wildcards.
    pub fn new(network: impl Into<String>) -> Self {
        let (config, limits) = (Config::default(), CodecLimits::default());
        Self { network: network.into(), config, lease: Duration::from_secs(1), limits }
    }

    /// Zenoh's own configuration: mode, endpoints, scouting, TLS, access control and so on. Of it the carrier sets the
    /// lease and the lengths of queues itself.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// After how long without a sign of life a ground is taken to be gone: one second. At least 100 ms.
    ///
    /// Signs of life come from a thread of its own, four in this time or more, so a ground may be busy for longer.
    #[must_use]
    pub const fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// What a packet may hold, at least 4 KiB; all grounds of a network should have the same limits.
    #[must_use]
    pub const fn limits(mut self, limits: CodecLimits) -> Self {
        self.limits = limits;
        self
    }
}

impl Carrier for Zenoh {
    fn start(self: Box<Self>, start: Start) -> anyhow::Result<Box<dyn Outward>> {
        let Self { network, config, lease, limits } = *self;
        let Start { ground, shared, arrivals } = start;
        ensure!(lease >= SHORTEST, "a lease of {lease:?} is shorter than {SHORTEST:?}");
        let packet = limits.packet;
        ensure!(packet >= SMALLEST, "packets of {packet} bytes at most: a reason alone may take {SMALLEST}");
        let keys = Keys::new(&network, ground)?;
        let config = session::configured(config, lease, limits)?;
        let (events, inbox) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        let gates = Gates::new(events.clone(), most_waiting(limits.packet));
        let post = Post::new(keys, Codec::new(shared, limits), arrivals, lease, inbox);
        let work = move || {
            post.run(config, gates);
            drop(end);
        };
        thread::Builder::new().name("link by zenoh".to_owned()).spawn(work).context("a carrier's thread")?;
        Ok(Box::new(End { events, ended, lease }))
    }
}

impl Outward for End {
    fn send(&mut self, to: GroundId, batch: Batch) {
        // If the thread has ended, it has told so.
        let _ = self.events.send(Event::Send { to, batch });
    }
}

/// Waits until the goodbye has been carried, since the program may be at its end; no longer than the lease, since
/// somebody over there may be frozen.
impl Drop for End {
    fn drop(&mut self) {
        let _ = self.events.send(Event::Leave);
        if let Err(RecvTimeoutError::Timeout) = self.ended.recv_timeout(self.lease) {
            warn!("a goodbye has not been carried within {:?}", self.lease);
        }
    }
}
