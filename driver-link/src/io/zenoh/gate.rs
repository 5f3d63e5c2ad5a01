//! Inbound packets that wait in this program, with a gate for each other ground: zenoh's threads admit packets, the
//! link processes them, and the transport's thread acknowledges them.

use std::collections::HashMap;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing::{debug, warn};

use super::packet::{WINDOW, weight};
use crate::frame::Batch;
use crate::ground::GroundId;
use crate::transport::Receipt;

/// An event for the transport's thread.
pub(super) enum Event {
    /// From the link: send a batch.
    Send { to: GroundId, batch: Batch },
    /// From the link: end, after sending everything that waits.
    Leave,
    /// From zenoh: another ground has appeared.
    Appeared(GroundId, Arc<Gate>),
    /// From zenoh: a ground is gone.
    Gone(GroundId),
    /// From zenoh: a packet from a ground that has appeared.
    Came { from: GroundId, packet: Vec<u8>, entry: Entry },
    /// From zenoh: a ground sends more than it may. No more packets of it are admitted.
    Flooded(GroundId),
    /// Acknowledge to a ground what the link has processed.
    Tell(GroundId),
}

/// The grounds whose packets are admitted.
pub(super) struct Gates {
    open: Mutex<HashMap<GroundId, Arc<Gate>>>,
    events: Sender<Event>,
    /// The maximum weight of the packets that wait from one ground.
    most_waiting: u64,
}

/// The packets that wait from one ground.
pub(super) struct Gate(Mutex<State>);

struct State {
    /// The weight of the packets that wait.
    waiting: u64,
    /// The position of the last packet that the link has processed, and the position that was acknowledged last.
    taken: u64,
    told: u64,
    /// Whether the ground waits for an acknowledgement.
    is_urgent: bool,
    is_shut: bool,
    heard: Instant,
}

/// A packet that waits.
pub(super) struct Entry {
    gate: Arc<Gate>,
    weight: u64,
    /// Its position in the sender's data, when the link has accepted it.
    position: Option<u64>,
    from: GroundId,
    events: Sender<Event>,
}

/// The maximum number of other grounds.
const MOST_GROUNDS: usize = 1_024;

impl Gates {
    pub(super) fn new(events: Sender<Event>, most_waiting: u64) -> Self {
        Self { open: Mutex::default(), events, most_waiting }
    }

    /// A ground has appeared.
    pub(super) fn open(&self, ground: GroundId) {
        let mut open = lock(&self.open);
        if open.contains_key(&ground) {
            return;
        }
        if open.len() >= MOST_GROUNDS {
            return warn!(%ground, "there are {MOST_GROUNDS} other grounds already: this one is left out");
        }
        let gate = Arc::<Gate>::default();
        open.insert(ground, Arc::clone(&gate));
        // Under the lock, so that events keep their order.
        self.tell(Event::Appeared(ground, gate));
    }

    /// A ground is gone.
    pub(super) fn close(&self, ground: GroundId) {
        let mut open = lock(&self.open);
        if open.remove(&ground).is_some() {
            self.tell(Event::Gone(ground));
        }
    }

    /// A packet has arrived.
    pub(super) fn let_in(&self, from: GroundId, packet: &[u8]) {
        let Some(gate) = lock(&self.open).get(&from).cloned() else {
            return debug!(ground = %from, "a packet from an unknown ground");
        };
        let weight = weight(packet.len());
        match gate.admit(weight, self.most_waiting) {
            Admission::Granted => {
                let entry = Entry { gate, weight, position: None, from, events: self.events.clone() };
                self.tell(Event::Came { from, packet: packet.to_vec(), entry });
            }
            Admission::Refused => self.tell(Event::Flooded(from)),
            Admission::Shut => {}
        }
    }

    fn tell(&self, event: Event) {
        // If the thread has ended, so has the session.
        let _ = self.events.send(event);
    }
}

enum Admission {
    Granted,
    Refused,
    Shut,
}

impl Default for Gate {
    fn default() -> Self {
        let heard = Instant::now();
        Self(Mutex::new(State { waiting: 0, taken: 0, told: 0, is_urgent: false, is_shut: false, heard }))
    }
}

impl Gate {
    fn admit(&self, weight: u64, most: u64) -> Admission {
        let mut state = lock(&self.0);
        if state.is_shut {
            return Admission::Shut;
        }
        state.heard = Instant::now();
        if state.waiting + weight > most {
            state.is_shut = true;
            return Admission::Refused;
        }
        state.waiting += weight;
        Admission::Granted
    }

    /// Admits no more packets.
    pub(super) fn shut(&self) {
        lock(&self.0).is_shut = true;
    }

    /// The time since the last packet.
    pub(super) fn silence(&self) -> Duration {
        lock(&self.0).heard.elapsed()
    }

    /// Restarts the silence, as if a packet had arrived now.
    pub(super) fn excuse(&self) {
        lock(&self.0).heard = Instant::now();
    }

    /// The ground waits for an acknowledgement of everything.
    pub(super) fn hurry(&self) {
        lock(&self.0).is_urgent = true;
    }

    /// The position of the last processed packet, which the caller now acknowledges.
    pub(super) fn tell(&self) -> u64 {
        let mut state = lock(&self.0);
        state.told = state.taken;
        state.is_urgent &= state.waiting > 0;
        state.taken
    }

    /// Whether to acknowledge now.
    pub(super) fn owes(&self) -> bool {
        lock(&self.0).owes()
    }
}

impl State {
    fn owes(&self) -> bool {
        let untold = self.taken.abs_diff(self.told);
        untold >= WINDOW / 4 || (self.is_urgent && untold > 0 && self.waiting == 0)
    }
}

impl Entry {
    /// The packet has no batch. Packets that were lost before it will not arrive any more, so its position counts as
    /// reached.
    pub(super) fn pass(mut self, position: u64) {
        let is_last = lock(&self.gate.0).waiting == self.weight;
        self.position = is_last.then_some(position);
    }

    /// The receipt that the link drops when it has processed the batch.
    pub(super) fn receipt(mut self, position: u64) -> Receipt {
        self.position = Some(position);
        Receipt::new(move || drop(self))
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut state = lock(&self.gate.0);
        state.waiting -= self.weight;
        state.taken = self.position.unwrap_or(state.taken);
        if state.owes() {
            // If the thread has ended, nothing is acknowledged any more.
            let _ = self.events.send(Event::Tell(self.from));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Receiver};

    use super::*;

    const GROUND: GroundId = GroundId(1);

    /// A gate that is open for a ground, with its events.
    fn open(most_waiting: u64) -> (Gates, Arc<Gate>, Receiver<Event>) {
        let (events, told) = mpsc::channel();
        let gates = Gates::new(events, most_waiting);
        gates.open(GROUND);
        let Ok(Event::Appeared(GROUND, gate)) = told.try_recv() else { panic!("it has not appeared") };
        (gates, gate, told)
    }

    fn came(told: &Receiver<Event>) -> Entry {
        let Ok(Event::Came { entry, .. }) = told.try_recv() else { panic!("nothing has come") };
        entry
    }

    #[test]
    fn whoever_has_more_waiting_than_may_be_is_let_in_no_more() {
        let (gates, _, told) = open(2 * weight(10));
        gates.let_in(GROUND, &[0; 10]);
        drop(came(&told));
        for _ in 0..4 {
            gates.let_in(GROUND, &[0; 10]);
        }
        let _waiting = (came(&told), came(&told));
        assert!(matches!(told.try_recv(), Ok(Event::Flooded(GROUND))));
        assert!(told.try_recv().is_err());
    }

    #[test]
    fn a_ground_is_told_what_was_taken_once_it_is_much_or_it_waits_for_that() {
        let (gates, gate, told) = open(u64::MAX);
        let take = |position| {
            gates.let_in(GROUND, b"packet");
            drop(came(&told).receipt(position));
            told.try_recv().is_ok_and(|event| matches!(event, Event::Tell(GROUND)))
        };
        assert!(!take(WINDOW / 4 - 1));
        assert!(take(WINDOW / 4));
        assert_eq!(gate.tell(), WINDOW / 4);
        assert!(!take(WINDOW / 4 + 10));
        gate.hurry();
        assert!(take(WINDOW / 4 + 20));
        assert_eq!(gate.tell(), WINDOW / 4 + 20);
        assert!(!take(WINDOW / 4 + 30));
    }

    #[test]
    fn who_is_nobody_is_not_let_in() {
        let (gates, _, told) = open(u64::MAX);
        gates.let_in(GroundId(2), b"packet");
        gates.close(GROUND);
        gates.let_in(GROUND, b"packet");
        assert!(matches!(told.try_recv(), Ok(Event::Gone(GROUND))));
        assert!(told.try_recv().is_err());
    }
}
