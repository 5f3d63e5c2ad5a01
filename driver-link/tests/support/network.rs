//! A network in memory, which the test moves by hand. What a ground sends waits until the test delivers it, loses it,
//! or delivers it twice. It is written as a third party would write a transport.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use driver_link::{
    Batch, Frame, GroundId, Receipt, Transport, TransportEvent, TransportEvents, TransportSender,
    TransportStart,
};
use marketplace_core::Reason;

/// Connections between stations. Stations are numbered in the order in which they were added.
#[derive(Clone, Default)]
pub(crate) struct Network(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    stations: Vec<Station>,
    /// By sender and receiver.
    wires: BTreeMap<(usize, usize), Wire>,
    /// The faults of grounds.
    faults: Vec<String>,
}

/// A ground, or a stranger that the test plays.
struct Station {
    ground: GroundId,
    /// None for a stranger.
    events: Option<TransportEvents>,
    /// What a stranger has received.
    heard: Vec<Batch>,
    has_left: bool,
}

/// One direction between two stations.
#[derive(Default)]
struct Wire {
    /// Everything that is sent is lost.
    is_cut: bool,
    under_way: VecDeque<Batch>,
    /// Everything that was ever sent, so that it can be delivered again.
    sent: Vec<Batch>,
    credit: Credit,
}

/// How many frames a ground has sent in its newest session, and how many it has acknowledged.
#[derive(Clone, Copy, Default)]
struct Credit {
    session: u64,
    window: u32,
    sent: u64,
    taken: u64,
}

/// The receiving end of a ground.
struct Joining(Network);

/// The sending end of a ground.
struct Sending {
    network: Network,
    station: usize,
}

impl Network {
    /// A transport, for one ground.
    pub(crate) fn transport(&self) -> impl Transport {
        Joining(self.clone())
    }

    /// Adds a station that the test plays: see [`forge`](Self::forge) and [`heard`](Self::heard).
    pub(crate) fn stranger(&self, ground: GroundId) -> usize {
        self.lock().add(ground, None)
    }

    /// How many stations there are, including those that have left.
    pub(crate) fn stations(&self) -> usize {
        self.lock().stations.len()
    }

    pub(crate) fn ground(&self, station: usize) -> GroundId {
        self.lock().stations[station].ground
    }

    /// Whether the station's program has dropped its sending end.
    pub(crate) fn has_left(&self, station: usize) -> bool {
        self.lock().stations[station].has_left
    }

    /// Informs a ground that it has met another.
    pub(crate) fn meet(&self, who: usize, whom: usize) {
        let whom = self.ground(whom);
        self.tell(who, TransportEvent::Found(whom));
    }

    /// Informs a ground that another cannot be reached.
    pub(crate) fn lose(&self, who: usize, whom: usize, why: &str) {
        let peer = self.ground(whom);
        self.tell(who, TransportEvent::Lost { peer, why: why.into() });
    }

    /// Informs a ground that what another sent was not understood.
    pub(crate) fn refuse(&self, who: usize, whom: usize, why: &str) {
        let peer = self.ground(whom);
        self.tell(who, TransportEvent::Refused { peer, why: why.into() });
    }

    /// Informs a ground that something could not be sent.
    pub(crate) fn unsent(&self, who: usize, whom: usize, reason: Reason) {
        let peer = self.ground(whom);
        self.tell(who, TransportEvent::Unsent { peer, reason });
    }

    /// Informs a ground that time has passed.
    pub(crate) fn tick(&self, who: usize) {
        self.tell(who, TransportEvent::Tick);
    }

    /// Ends the transport of a ground.
    pub(crate) fn fail(&self, who: usize, reason: Reason) {
        self.tell(who, TransportEvent::Failed(reason));
    }

    /// Delivers the next batch. Returns whether there was one.
    pub(crate) fn deliver(&self, from: usize, to: usize) -> bool {
        let next = self.lock().wire(from, to).under_way.pop_front();
        next.map(|batch| self.arrive(from, to, batch)).is_some()
    }

    /// Delivers the next batch, and leaves it under way, so that it arrives again.
    pub(crate) fn double(&self, from: usize, to: usize) {
        let next = self.lock().wire(from, to).under_way.front().cloned();
        if let Some(batch) = next {
            self.arrive(from, to, batch);
        }
    }

    /// Delivers the batch that was sent this many batches ago, whether it has arrived before or not.
    pub(crate) fn repeat(&self, from: usize, to: usize, ago: usize) {
        let old = self.lock().wire(from, to).sent.iter().nth_back(ago).cloned();
        if let Some(batch) = old {
            self.arrive(from, to, batch);
        }
    }

    /// Loses the next batch.
    pub(crate) fn drop_next(&self, from: usize, to: usize) {
        self.lock().wire(from, to).under_way.pop_front();
    }

    /// Moves the next batch behind the one after it.
    pub(crate) fn swap(&self, from: usize, to: usize) {
        let mut state = self.lock();
        let under_way = &mut state.wire(from, to).under_way;
        if under_way.len() > 1 {
            under_way.swap(0, 1);
        }
    }

    /// Cuts the connection of two stations in both directions. What is under way is lost, and so is what is sent from
    /// now on. No ground is informed.
    pub(crate) fn cut(&self, one: usize, other: usize) {
        for (from, to) in [(one, other), (other, one)] {
            let mut state = self.lock();
            let wire = state.wire(from, to);
            wire.is_cut = true;
            wire.under_way.clear();
        }
    }

    /// Repairs the connection of two stations. No ground is informed.
    pub(crate) fn heal(&self, one: usize, other: usize) {
        for (from, to) in [(one, other), (other, one)] {
            self.lock().wire(from, to).is_cut = false;
        }
    }

    /// Delivers a batch to a ground as if another had sent it.
    pub(crate) fn forge(&self, from: usize, to: usize, batch: Batch) {
        self.arrive(from, to, batch);
    }

    /// Takes what a stranger has received since the last call.
    pub(crate) fn heard(&self, stranger: usize) -> Vec<Batch> {
        std::mem::take(&mut self.lock().stations[stranger].heard)
    }

    /// The faults of grounds.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.lock().faults.clone()
    }

    /// How many batches are under way.
    pub(crate) fn under_way(&self, from: usize, to: usize) -> usize {
        self.lock().wire(from, to).under_way.len()
    }

    /// All frames that one station has ever sent to another, in order, over all sessions.
    pub(crate) fn sent(&self, from: usize, to: usize) -> Vec<Frame> {
        self.lock().wire(from, to).sent.iter().flat_map(|batch| batch.frames.clone()).collect()
    }

    fn arrive(&self, from: usize, to: usize, batch: Batch) {
        let from = self.ground(from);
        self.tell(to, TransportEvent::Batch { from, batch, receipt: Receipt::default() });
    }

    fn tell(&self, who: usize, event: TransportEvent) {
        let mut state = self.lock();
        let station = &mut state.stations[who];
        match (&station.events, event) {
            // A ground that has left receives nothing.
            (Some(events), event) => drop(events.report(event)),
            (None, TransportEvent::Batch { batch, .. }) => station.heard.push(batch),
            (None, _) => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, ground: GroundId, events: Option<TransportEvents>) -> usize {
        self.stations.push(Station { ground, events, heard: Vec::new(), has_left: false });
        self.stations.len() - 1
    }

    fn wire(&mut self, from: usize, to: usize) -> &mut Wire {
        self.wires.entry((from, to)).or_default()
    }

    fn send(&mut self, from: usize, to: GroundId, batch: Batch) {
        let to = self.stations.iter().position(|station| station.ground == to);
        let to = to.expect("a link sends to grounds that it has met");
        let wire = self.wire(from, to);
        wire.sent.push(batch.clone());
        wire.credit.count(&batch);
        let credit = wire.credit;
        if !wire.is_cut {
            wire.under_way.push_back(batch);
        }
        let other = self.wire(to, from).credit;
        if other.session == credit.session && credit.sent > other.taken + u64::from(other.window) {
            let (sent, Credit { taken, window, .. }) = (credit.sent, other);
            self.faults.push(format!(
                "{from} has sent {to} {sent} frames, of which {taken} are taken: {window} may be"
            ));
        }
    }
}

impl Credit {
    fn count(&mut self, batch: &Batch) {
        if batch.session > self.session {
            *self = Self { session: batch.session, ..Self::default() };
        }
        for frame in &batch.frames {
            match frame {
                Frame::Hello(hello) => self.window = hello.window,
                Frame::Taken(frames) => self.taken = *frames,
                Frame::Add { .. } | Frame::Remove { .. } | Frame::Message { .. } | Frame::Void => {
                    self.sent += 1
                }
                Frame::Ready | Frame::Sync | Frame::Bye(_) => {}
            }
        }
    }
}

impl Transport for Joining {
    fn start(self: Box<Self>, start: TransportStart) -> anyhow::Result<Box<dyn TransportSender>> {
        let network = self.0;
        let station = network.lock().add(start.ground, Some(start.events));
        Ok(Box::new(Sending { network, station }))
    }
}

impl TransportSender for Sending {
    fn send(&mut self, to: GroundId, batch: Batch) {
        self.network.lock().send(self.station, to, batch);
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.network.lock().stations[self.station].has_left = true;
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut state = self.lock();
        let wires = std::mem::take(&mut state.wires);
        let mut shown = f.debug_map();
        for ((from, to), wire) in &wires {
            let under_way = wire.under_way.iter();
            let numbers: Vec<_> =
                under_way.map(|batch| (batch.session, batch.first, batch.frames.len())).collect();
            shown.entry(&format_args!("{from} to {to}"), &numbers);
        }
        state.wires = wires;
        shown.finish()
    }
}
