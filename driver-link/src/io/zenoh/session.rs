//! The session of zenoh: its configuration, and its subscribers and token.

use std::sync::Arc;
use std::time::Duration;

use ::zenoh::liveliness::LivelinessToken;
use ::zenoh::pubsub::Subscriber;
use ::zenoh::qos::CongestionControl;
use ::zenoh::sample::{Sample, SampleKind};
use ::zenoh::{Config, Wait};
use anyhow::{Context, anyhow};
use tracing::warn;

use super::gate::Gates;
use super::key::Keys;
use super::packet::Trailer;
use crate::codec::CodecLimits;

/// An open session.
pub(super) struct Session {
    session: ::zenoh::Session,
    _token: LivelinessToken,
    _subscribers: [Subscriber<()>; 2],
}

/// The user's configuration, with the settings of the transport.
///
/// # Errors
///
/// If zenoh refuses one of these settings.
pub(super) fn configured(mut config: Config, lease: Duration, limits: CodecLimits) -> anyhow::Result<Config> {
    // A batch, the trailer, and what zenoh adds, mainly a key.
    let largest = limits.packet + Trailer::LENGTH + 1_024;
    let own = [
        ("transport/link/tx/lease", lease.as_millis().to_string()),
        // The maximum of zenoh, so that no packet in flight is dropped. There may be no room all the same, since a
        // router's queue serves several grounds, or this machine is busy. Zenoh then waits this long before it drops,
        // in microseconds.
        ("transport/link/tx/queue/size/data", "16".to_owned()),
        ("transport/link/tx/queue/congestion_control/drop/wait_before_drop", "100000".to_owned()),
        (
            "transport/link/tx/queue/congestion_control/drop/max_wait_before_drop_fragments",
            "100000".to_owned(),
        ),
        ("transport/link/rx/max_message_size", largest.to_string()),
    ];
    for (key, value) in own {
        let set = config.insert_json5(key, &value);
        set.map_err(|error| anyhow!("zenoh's configuration does not take {key} as {value}: {error}"))?;
    }
    Ok(config)
}

impl Session {
    /// Opens a session, and announces this ground in it.
    ///
    /// # Errors
    ///
    /// The error of zenoh.
    pub(super) fn open(config: Config, keys: &Keys, gates: Gates) -> anyhow::Result<Self> {
        let session = ::zenoh::open(config).wait().map_err(|error| anyhow!("{error}"))?;
        let gates = Arc::new(gates);
        // The token is last: a ground that has seen it may send, and the subscribers must exist by then.
        let came = subscribe(&session, keys, Arc::clone(&gates)).context("cannot subscribe to packets")?;
        let changes = watch(&session, keys, gates).context("cannot watch other grounds")?;
        let token = session.liveliness().declare_token(keys.token()).wait();
        let token = token.map_err(|error| anyhow!("{error}")).context("cannot announce this ground")?;
        Ok(Self { session, _token: token, _subscribers: [came, changes] })
    }

    /// Sends a packet, or drops it if there is no room for it: waiting for one ground would block all of zenoh.
    pub(super) fn put(&self, key: &str, packet: Vec<u8>) {
        // The link has made batches already, so zenoh need not wait for more data.
        let put = self.session.put(key, packet).congestion_control(CongestionControl::Drop).express(true);
        if let Err(error) = put.wait() {
            warn!(key, error, "zenoh could not send a packet");
        }
    }

    /// Closes the session.
    pub(super) fn close(self) {
        if let Err(error) = self.session.close().wait() {
            warn!(error, "zenoh's session could not be closed");
        }
    }
}

/// Subscribes to the packets for this ground.
fn subscribe(session: &::zenoh::Session, keys: &Keys, gates: Arc<Gates>) -> anyhow::Result<Subscriber<()>> {
    let own = keys.clone();
    let take = move |sample: Sample| {
        if let Some(from) = own.other(sample.key_expr()) {
            gates.let_in(from, &sample.payload().to_bytes());
        }
    };
    let subscriber = session.declare_subscriber(keys.inbox()).callback(take).wait();
    subscriber.map_err(|error| anyhow!("{error}"))
}

/// Watches the tokens of other grounds: those that exist, and each change.
fn watch(session: &::zenoh::Session, keys: &Keys, gates: Arc<Gates>) -> anyhow::Result<Subscriber<()>> {
    let own = keys.clone();
    let hear = move |sample: Sample| {
        if let Some(ground) = own.other(sample.key_expr()) {
            match sample.kind() {
                SampleKind::Put => gates.open(ground),
                SampleKind::Delete => gates.close(ground),
            }
        }
    };
    let subscriber =
        session.liveliness().declare_subscriber(keys.tokens()).history(true).callback(hear).wait();
    subscriber.map_err(|error| anyhow!("{error}"))
}
