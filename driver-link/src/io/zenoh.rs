//! The transport between machines: Eclipse Zenoh.
//!
//! A ground has one liveliness token, by which others find and lose it, and one key to which they send. One thread does
//! all the work. Zenoh's own threads only hand over what they have received, and only this thread waits for a put.

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

use crate::codec::{Codec, CodecLimits};
use crate::frame::Batch;
use crate::ground::GroundId;
use crate::transport::{Transport, TransportSender, TransportStart};
use gate::{Event, Gates};
use key::Keys;
use packet::most_waiting;
use post::Post;

/// A transport that joins grounds on several machines: all grounds that use the same network name and can reach each
/// other through [Zenoh](https://zenoh.io).
///
/// By default the grounds are peers. They find each other by multicast in the local network and through each other, and
/// need no server. A peer listens on all interfaces, at any port, unless configured otherwise; with `listen/endpoints`
/// set to `[]` it only connects. With `mode: "client"` in the [configuration](Self::config), all data goes through a
/// router.
///
/// Everybody who can reach the network can join it and read its messages. To prevent this, use zenoh's TLS and access
/// control, as the crate's page shows.
///
/// If zenoh cannot start, for example because a port is in use, a [`LinkError`](crate::LinkError) says so. It is not
/// tried again.
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
/// /// One of the rooms. It listens on one address, and connects to another one.
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

/// The channel to the thread.
struct End {
    sender: Sender<Event>,
    /// Completes when the thread has ended.
    ended: Receiver<()>,
    lease: Duration,
}

/// The shortest lease. With a shorter one, a busy machine would count as gone.
const SHORTEST: Duration = Duration::from_millis(100);

/// The smallest limit for packets: a packet must be able to hold a goodbye with its reason, and a hello.
const SMALLEST: usize = 4 * 1024;

impl Zenoh {
    /// A transport for the network with this name. The name is one or several parts of a zenoh key, such as `rooms` or
    /// `example/rooms`, without wildcards.
    pub fn new(network: impl Into<String>) -> Self {
        let (config, limits) = (Config::default(), CodecLimits::default());
        Self { network: network.into(), config, lease: Duration::from_secs(1), limits }
    }

    /// Sets zenoh's own configuration: mode, endpoints, scouting, TLS, access control and so on. The transport
    /// overrides the lease and the lengths of queues in it.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Sets the time without a sign of life after which a ground counts as gone. The default is one second, the minimum
    /// 100 ms.
    ///
    /// A separate thread sends at least four signs of life in this time, so a ground may be busy for longer.
    #[must_use]
    pub const fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets the limits of packets, at least 4 KiB. All grounds of a network should have the same limits.
    #[must_use]
    pub const fn limits(mut self, limits: CodecLimits) -> Self {
        self.limits = limits;
        self
    }
}

impl Transport for Zenoh {
    fn start(self: Box<Self>, start: TransportStart) -> anyhow::Result<Box<dyn TransportSender>> {
        let Self { network, config, lease, limits } = *self;
        let TransportStart { ground, shared, events } = start;
        ensure!(lease >= SHORTEST, "a lease of {lease:?} is too short: the minimum is {SHORTEST:?}");
        let packet = limits.packet;
        ensure!(
            packet >= SMALLEST,
            "a limit of {packet} bytes for packets is too small: the minimum is {SMALLEST}"
        );
        let keys = Keys::new(&network, ground)?;
        let config = session::configured(config, lease, limits)?;
        let (sender, inbox) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        let gates = Gates::new(sender.clone(), most_waiting(limits.packet));
        let post = Post::new(keys, Codec::new(shared, limits), events, lease, inbox);
        let work = move || {
            post.run(config, gates);
            drop(end);
        };
        thread::Builder::new()
            .name("link by zenoh".to_owned())
            .spawn(work)
            .context("cannot start the thread of the transport")?;
        Ok(Box::new(End { sender, ended, lease }))
    }
}

impl TransportSender for End {
    fn send(&mut self, to: GroundId, batch: Batch) {
        // If the thread has ended, it has reported that.
        let _ = self.sender.send(Event::Send { to, batch });
    }
}

/// Waits until the other grounds have acknowledged the goodbye, since the program may be about to end. It does not wait
/// longer than the lease, since another ground may be frozen.
impl Drop for End {
    fn drop(&mut self) {
        let _ = self.sender.send(Event::Leave);
        if let Err(RecvTimeoutError::Timeout) = self.ended.recv_timeout(self.lease) {
            warn!("the transport has not ended within {:?}, so the goodbye may be lost", self.lease);
        }
    }
}
