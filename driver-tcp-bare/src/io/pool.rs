//! All sockets of a driver, in one poller.

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;
use std::{io, mem};

use slab::Slab;
use tracing::{debug, warn};

use super::connection::Connection;
use super::deadlines::Deadlines;
use super::listener::{Listener, canonical};
use super::place::{Key, Place, Socket};
use super::poller::Poller;
use crate::admission::{Admission, Conversation, Refusal};
use crate::message::{Ends, TcpAddress};
use crate::options::TcpDriver;
use crate::outgoing::Outgoing;

/// The most that one reading takes.
const SCRATCH: usize = 64 * 1024;

/// The sockets of a driver: shared by its process, which asks, and the source that it listens to.
pub(crate) struct Sockets(Arc<Mutex<Pool>>);

pub(super) struct Pool {
    pub(super) setup: Arc<TcpDriver>,
    /// From the first socket on.
    pub(super) poller: Option<Poller>,
    pub(super) places: Slab<Place>,
    serial: u32,
    admission: Admission<Key>,
    pub(super) deadlines: Deadlines,
    /// Where all connections read to; no idle connection holds a buffer.
    pub(super) scratch: Box<[u8]>,
    /// Those of which the driver has asked something.
    pub(super) asked: VecDeque<Key>,
    /// Those to be served, in turn.
    pub(super) queue: VecDeque<Key>,
    /// Those that have been served, and are to be once more.
    pub(super) again: Vec<Key>,
    /// The number of the source, by which it is told from earlier ones.
    pub(super) source: u64,
    /// Whether nobody listens yet, or what was last told is still on its way to sessions: nothing else is told then.
    pub(super) is_delivering: bool,
    pub(super) waker: Option<Waker>,
}

impl Sockets {
    pub(crate) fn new(setup: Arc<TcpDriver>) -> Self {
        Self(Arc::new(Mutex::new(Pool {
            setup,
            poller: None,
            places: Slab::new(),
            serial: 0,
            admission: Admission::new(),
            deadlines: Deadlines::new(),
            scratch: vec![0; SCRATCH].into_boxed_slice(),
            asked: VecDeque::new(),
            queue: VecDeque::new(),
            again: Vec::new(),
            source: 0,
            is_delivering: true,
            waker: None,
        })))
    }

    /// Binds a listener; its key, and the address that it is bound to.
    pub(crate) fn listen(&self, port: u16) -> io::Result<(Key, SocketAddr)> {
        let mut pool = self.lock();
        let (listener, address) = Listener::bind(port, &pool.setup.options)?;
        let key = pool.next_key();
        pool.insert(key, Socket::Listener(Box::new(listener)), None)?;
        Ok((key, address))
    }

    /// Takes over a socket that is connected.
    pub(crate) fn add(&self, socket: TcpStream, ends: Ends, outgoing: Outgoing) -> io::Result<Key> {
        let mut pool = self.lock();
        let socket = mio::net::TcpStream::from_std(socket);
        let connection = Connection::new(socket, ends, outgoing, Arc::clone(&pool.setup));
        let key = pool.next_key();
        pool.insert(key, Socket::Connection(connection), None)?;
        Ok(key)
    }

    /// Asks something of a connection, if it is still there.
    pub(crate) fn ask<R>(&self, key: Key, asking: impl FnOnce(&mut Connection) -> R) -> Option<R> {
        let mut pool = self.lock();
        let outcome = asking(pool.connection(key)?);
        pool.note_asked(key);
        Some(outcome)
    }

    /// Looks at a connection, if it is still there.
    pub(crate) fn look<R>(&self, key: Key, look: impl FnOnce(&Connection) -> R) -> Option<R> {
        self.lock().connection(key).map(|connection| look(connection))
    }

    /// Closes a socket at once.
    pub(crate) fn remove(&self, key: Key) {
        let mut pool = self.lock();
        pool.remove(key);
        pool.wake();
    }

    /// Accepts nothing and reads nothing any more. For each connection the source says when that is so.
    pub(crate) fn stop(&self) {
        let mut pool = self.lock();
        let keys: Vec<Key> = pool.places.iter().map(|(_, place)| place.key).collect();
        for key in keys {
            match pool.connection(key) {
                Some(connection) => connection.is_stopping = true,
                None => pool.remove(key),
            }
            pool.enqueue(key);
        }
        pool.wake();
    }

    /// Goes on: what was last told has been delivered.
    pub(crate) fn proceed(&self) {
        let mut pool = self.lock();
        pool.is_delivering = false;
        pool.wake();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().places.is_empty()
    }

    /// Begins to tell what happens anew, to a source with the number handed back.
    pub(super) fn begin(&self) -> (Weak<Mutex<Pool>>, u64) {
        let mut pool = self.lock();
        pool.source += 1;
        pool.is_delivering = true;
        (Arc::downgrade(&self.0), pool.source)
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        lock(&self.0)
    }
}

pub(super) fn lock(pool: &Mutex<Pool>) -> MutexGuard<'_, Pool> {
    pool.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    pub(super) fn place(&mut self, key: Key) -> Option<&mut Place> {
        self.places.get_mut(key.index as usize).filter(|place| place.key == key)
    }

    fn connection(&mut self, key: Key) -> Option<&mut Connection> {
        match &mut self.place(key)?.socket {
            Socket::Connection(connection) => Some(connection),
            Socket::Listener(_) => None,
        }
    }

    fn note_asked(&mut self, key: Key) {
        let Some(place) = self.place(key).filter(|place| !place.is_asked) else { return };
        place.is_asked = true;
        self.asked.push_back(key);
        self.wake();
    }

    /// Has a socket served in its turn.
    pub(super) fn enqueue(&mut self, key: Key) {
        if let Some(place) = self.place(key)
            && !mem::replace(&mut place.is_queued, true)
        {
            self.queue.push_back(key);
        }
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Takes in a connection that was accepted by the listener `local`, if there is a place for it.
    pub(super) fn admit(
        &mut self,
        socket: mio::net::TcpStream,
        peer: SocketAddr,
        local: TcpAddress,
    ) -> Option<Key> {
        let address = socket.local_addr().inspect_err(|error| debug!(%peer, %error, "a connection is gone"));
        let address = canonical(address.ok()?);
        let (key, conversation) = (self.next_key(), (address.port(), peer));
        let setup = Arc::clone(&self.setup);
        if let Err(refusal) = self.admission.admit(conversation, key, &setup.options) {
            setup.counters.refused.fetch_add(1, Relaxed);
            debug!(%peer, ?refusal, "connection refused");
            if let Refusal::Indistinct(former) = refusal {
                self.lose_former(former, address);
            }
            return None;
        }
        let mut connection = Connection::new(socket, (local, peer.into()), Outgoing::default(), setup);
        connection.wait(self.setup.options.take_timeout);
        let inserted = self.insert(key, Socket::Connection(connection), Some(conversation));
        inserted.inspect_err(|error| warn!(%peer, %error, "a connection cannot be served")).ok()?;
        self.setup.counters.accepted.fetch_add(1, Relaxed);
        Some(key)
    }

    /// The same two ends twice: the former connection has been lost unseen.
    fn lose_former(&mut self, key: Key, address: SocketAddr) {
        let Some(former) = self.connection(key) else { return };
        if former.socket.local_addr().is_ok_and(|local| canonical(local) == address) {
            former.lose();
            self.note_asked(key);
        }
    }

    /// The key of the next socket to be inserted.
    fn next_key(&mut self) -> Key {
        self.serial = self.serial.wrapping_add(1);
        let index = self.places.vacant_key() as u32;
        Key { index, serial: self.serial }
    }

    fn insert(&mut self, key: Key, socket: Socket, conversation: Option<Conversation>) -> io::Result<()> {
        let mut place = Place::new(key, socket, conversation);
        let poller = match &mut self.poller {
            Some(poller) => Ok(poller),
            none => Poller::new().map(|new| none.insert(new)),
        };
        let registered = poller.and_then(|poller| poller.register(place.source(), key.token()));
        if let Err(error) = registered {
            self.give_up(&place);
            return Err(error);
        }
        self.places.insert(place);
        self.settle(key);
        self.wake();
        Ok(())
    }

    pub(super) fn remove(&mut self, key: Key) {
        if self.place(key).is_none() {
            return;
        }
        let mut place = self.places.remove(key.index as usize);
        if let Some(poller) = &self.poller {
            poller.deregister(place.source());
        }
        self.deadlines.change(key, place.deadline, None);
        self.give_up(&place);
    }

    /// Gives up an inbound connection's place among those admitted.
    fn give_up(&mut self, place: &Place) {
        if let Some(conversation) = &place.conversation {
            self.admission.leave(conversation);
        }
    }

    /// Has the clock know of a socket's deadline as it is now.
    pub(super) fn settle(&mut self, key: Key) {
        let Some(place) = self.places.get_mut(key.index as usize) else { return };
        let deadline = place.next_deadline();
        if deadline != place.deadline {
            self.deadlines.change(key, place.deadline, deadline);
            place.deadline = deadline;
        }
    }
}
