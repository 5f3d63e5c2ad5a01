//! The transport's thread: it sends the batches of the link, and reports events to the link.

use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use ::zenoh::Config;
use anyhow::{Context, anyhow};
use marketplace_core::Reason;
use tracing::{debug, warn};

use super::gate::{Entry, Event, Gate, Gates};
use super::key::Keys;
use super::packet::Trailer;
use super::peer::{Peer, Standing};
use super::session::Session;
use crate::codec::{Codec, Packets};
use crate::frame::Batch;
use crate::ground::GroundId;
use crate::transport::{TransportEvent, TransportEvents};

/// The state of the thread.
pub(super) struct Post {
    keys: Keys,
    codec: Codec,
    events: TransportEvents,
    inbox: Receiver<Event>,
    lease: Duration,
    peers: HashMap<GroundId, Peer>,
    /// Grounds that were refused, and stay refused if they come back. A program that is restarted has another identity.
    barred: VecDeque<GroundId>,
    /// The time of the next check for silent grounds, and whether the last check reported a tick.
    due: Instant,
    is_tick: bool,
}

/// The number of checks in a lease. Every second check reports a tick. A ground that was silent for all but one is
/// lost.
const LOOKS: u32 = 8;

/// The maximum number of refused grounds that are remembered.
const MOST_BARRED: usize = 1_024;

impl Post {
    pub(super) fn new(
        keys: Keys,
        codec: Codec,
        events: TransportEvents,
        lease: Duration,
        inbox: Receiver<Event>,
    ) -> Self {
        let (peers, barred) = (HashMap::new(), VecDeque::new());
        Self { keys, codec, events, inbox, lease, peers, barred, due: Instant::now(), is_tick: false }
    }

    /// Runs until the link ends. Messages are dropped on this thread, which runs users' code that may panic.
    pub(super) fn run(mut self, config: Config, gates: Gates) {
        let carried = catch_unwind(AssertUnwindSafe(|| {
            let session = Session::open(config, &self.keys, gates).context("zenoh cannot start")?;
            self.carry(session);
            Ok(())
        }));
        if let Err(error) = carried.unwrap_or_else(|panic| Err(panicked(&*panic))) {
            self.fail(error);
        }
    }

    fn fail(self, error: anyhow::Error) {
        for peer in self.peers.into_keys() {
            self.events.report(TransportEvent::Lost { peer, why: "the transport has failed".into() });
        }
        self.events.report(TransportEvent::Failed(Reason::error(error)));
    }

    fn carry(&mut self, session: Session) {
        self.due = Instant::now();
        while self.step(&session, self.due) {
            if Instant::now() >= self.due {
                self.look(&session);
            }
        }
        self.take_leave(&session);
        session.close();
    }

    /// Handles the next event, or none if there is none until then. Returns false if the link has ended.
    fn step(&mut self, session: &Session, until: Instant) -> bool {
        // The session has a sender, so an error is always a time-out.
        let Ok(event) = self.inbox.recv_timeout(until.saturating_duration_since(Instant::now())) else {
            return true;
        };
        match event {
            Event::Leave => return false,
            Event::Send { to, batch } => self.send(session, to, &batch),
            Event::Appeared(ground, gate) => self.meet(ground, gate),
            Event::Gone(ground) => self.part(ground),
            Event::Came { from, packet, entry } => self.take(session, from, &packet, entry),
            Event::Flooded(ground) => {
                self.refuse(ground, "it has more in flight than its window allows".into())
            }
            Event::Tell(ground) => self.tell_taken(session, ground),
        }
        true
    }

    fn meet(&mut self, ground: GroundId, gate: Arc<Gate>) {
        let is_barred = self.barred.contains(&ground);
        let standing = if is_barred { Standing::Barred } else { Standing::Met };
        self.peers.insert(ground, Peer::new(Arc::clone(&gate), self.keys.to(ground), standing));
        if is_barred {
            gate.shut();
        } else {
            self.events.report(TransportEvent::Found(ground));
        }
    }

    fn part(&mut self, ground: GroundId) {
        let Some(peer) = self.peers.remove(&ground) else { return };
        if peer.standing != Standing::Silent {
            let silence = peer.gate.silence();
            // A ground that runs sends two signs of life in this time. Zenoh reports it gone only after the whole
            // lease.
            let why = match silence >= self.lease * (LOOKS - 2) / LOOKS {
                true => no_sign(silence),
                false => "it ended without a goodbye".into(),
            };
            self.events.report(TransportEvent::Lost { peer: ground, why });
        }
    }

    fn take(&mut self, session: &Session, from: GroundId, packet: &[u8], entry: Entry) {
        let Some(peer) = self.peers.get_mut(&from).filter(|peer| peer.standing != Standing::Barred) else {
            return;
        };
        let (trailer, batch) = match Trailer::split(packet) {
            Ok(parts) => parts,
            Err(why) => return self.refuse(from, why),
        };
        if peer.standing == Standing::Silent {
            peer.standing = Standing::Met;
            self.events.report(TransportEvent::Found(from));
        }
        peer.taken(trailer.taken);
        if trailer.is_urgent {
            peer.gate.hurry();
        }
        if batch.is_empty() {
            entry.pass(trailer.position);
        } else {
            match self.codec.decode(batch) {
                Ok(batch) => {
                    let receipt = entry.receipt(trailer.position);
                    self.events.report(TransportEvent::Batch { from, batch, receipt });
                }
                Err(error) => return self.refuse(from, format!("{error:#}").into()),
            }
        }
        self.flush(session, from);
    }

    /// Refuses a ground: no more of its packets are admitted.
    fn refuse(&mut self, ground: GroundId, why: Arc<str>) {
        let Some(peer) = self.peers.get_mut(&ground).filter(|peer| peer.standing != Standing::Barred) else {
            return;
        };
        debug!(%ground, %why, "refused");
        peer.standing = Standing::Barred;
        peer.gate.shut();
        peer.clear();
        self.barred.push_back(ground);
        if self.barred.len() > MOST_BARRED {
            self.barred.pop_front();
        }
        self.events.report(TransportEvent::Refused { peer: ground, why });
    }

    fn send(&mut self, session: &Session, to: GroundId, batch: &Batch) {
        // If it is gone, its loss has been reported.
        let Some(peer) = self.peers.get_mut(&to).filter(|peer| peer.standing != Standing::Silent) else {
            return;
        };
        if !peer.expects(batch) {
            return;
        }
        let Packets { packets, unsent } = self.codec.encode(batch);
        packets.into_iter().for_each(|packet| peer.push(packet));
        for reason in unsent {
            self.events.report(TransportEvent::Unsent { peer: to, reason });
        }
        self.flush(session, to);
    }

    /// Sends the packets for which there is room in flight.
    fn flush(&mut self, session: &Session, to: GroundId) {
        if let Some(peer) = self.peers.get_mut(&to) {
            while let Some(packet) = peer.next() {
                session.put(&peer.key, packet);
            }
        }
    }

    fn tell_taken(&mut self, session: &Session, ground: GroundId) {
        // A packet with a batch may have acknowledged it in the meantime.
        if let Some(peer) = self.peers.get_mut(&ground).filter(|peer| peer.gate.owes()) {
            let sign = peer.sign();
            session.put(&peer.key, sign);
        }
    }

    /// Checks which grounds have been silent for too long, and sends signs of life.
    fn look(&mut self, session: &Session) {
        let now = Instant::now();
        // If this machine itself was suspended, the others have not been silent.
        let has_slept = now.duration_since(self.due) >= self.lease / 2;
        self.due = now + self.lease / LOOKS;
        self.is_tick = !self.is_tick;
        if self.is_tick {
            self.events.report(TransportEvent::Tick);
        }
        for (ground, peer) in &mut self.peers {
            if has_slept {
                peer.gate.excuse();
            }
            let silence = peer.gate.silence();
            if peer.standing == Standing::Met && silence >= self.lease * (LOOKS - 1) / LOOKS {
                peer.standing = Standing::Silent;
                peer.clear();
                self.events.report(TransportEvent::Lost { peer: *ground, why: no_sign(silence) });
            }
            // A batch that the link sends at a tick is a sign of life too.
            if now.duration_since(peer.spoken) >= self.lease * 3 / LOOKS {
                let sign = peer.sign();
                session.put(&peer.key, sign);
            }
        }
    }

    /// Waits until the others have acknowledged everything, the goodbye above all, but no longer than the link waits
    /// for this.
    fn take_leave(&mut self, session: &Session) {
        let deadline = Instant::now() + self.lease / 2;
        for peer in self.peers.values_mut() {
            peer.take_leave();
            let sign = peer.sign();
            session.put(&peer.key, sign);
        }
        while self.peers.values().any(|peer| !peer.is_finished()) {
            if Instant::now() >= deadline {
                return warn!("a ground has not acknowledged everything that was sent");
            }
            self.step(session, deadline);
        }
    }
}

fn panicked(panic: &(dyn Any + Send)) -> anyhow::Error {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref().map(String::as_str));
    anyhow!("the transport's thread has panicked: {}", text.unwrap_or("something"))
}

fn no_sign(silence: Duration) -> Arc<str> {
    format!("there has been no sign of life for {silence:.1?}").into()
}
