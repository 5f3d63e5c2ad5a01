//! The pool of all sockets of a driver, which share one poller.

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
use super::poller::Poller;
use super::slot::{Key, Slot, Socket};
use crate::admission::{Admission, Conversation, Refusal};
use crate::message::{Ends, TcpAddress};
use crate::options::TcpDriver;
use crate::outgoing::Outgoing;

/// The largest number of bytes that one read returns.
const SCRATCH: usize = 64 * 1024;

/// The sockets of a driver. The driver's process changes them, and the event source serves them.
pub(crate) struct Sockets(Arc<Mutex<Pool>>);

pub(super) struct Pool {
    pub(super) setup: Arc<TcpDriver>,
    /// Created with the first socket.
    pub(super) poller: Option<Poller>,
    pub(super) slots: Slab<Slot>,
    serial: u32,
    admission: Admission<Key>,
    pub(super) deadlines: Deadlines,
    /// The buffer into which all connections read, so that an idle connection needs no buffer.
    pub(super) scratch: Box<[u8]>,
    /// Connections that the driver's process has changed.
    pub(super) changed: VecDeque<Key>,
    /// Sockets to serve, in this order.
    pub(super) queue: VecDeque<Key>,
    /// Sockets that have been served and must be served again. They join the end of the queue at the next poll.
    pub(super) requeue: Vec<Key>,
    /// The number of the current event source. An earlier source has a smaller number.
    pub(super) source: u64,
    /// Whether the source emits nothing: nobody has subscribed to it yet, or its last events are still being delivered
    /// to sessions.
    pub(super) is_delivering: bool,
    pub(super) waker: Option<Waker>,
}

impl Sockets {
    pub(crate) fn new(setup: Arc<TcpDriver>) -> Self {
        Self(Arc::new(Mutex::new(Pool {
            setup,
            poller: None,
            slots: Slab::new(),
            serial: 0,
            admission: Admission::new(),
            deadlines: Deadlines::new(),
            scratch: vec![0; SCRATCH].into_boxed_slice(),
            changed: VecDeque::new(),
            queue: VecDeque::new(),
            requeue: Vec::new(),
            source: 0,
            is_delivering: true,
            waker: None,
        })))
    }

    /// Binds a listener. Returns its key, and the address that it is bound to.
    pub(crate) fn listen(&self, port: u16) -> io::Result<(Key, SocketAddr)> {
        let mut pool = self.lock();
        let (listener, address) = Listener::bind(port, &pool.setup.options)?;
        let key = pool.next_key();
        pool.insert(key, Socket::Listener(Box::new(listener)), None)?;
        Ok((key, address))
    }

    /// Adds an outbound connection that has been opened.
    pub(crate) fn add(&self, socket: TcpStream, ends: Ends, outgoing: Outgoing) -> io::Result<Key> {
        let mut pool = self.lock();
        let socket = mio::net::TcpStream::from_std(socket);
        let connection = Connection::new(socket, ends, outgoing, Arc::clone(&pool.setup));
        let key = pool.next_key();
        pool.insert(key, Socket::Connection(connection), None)?;
        Ok(key)
    }

    /// Changes a connection, if it still exists. The pool then writes to it, and serves it if necessary.
    pub(crate) fn update<R>(&self, key: Key, update: impl FnOnce(&mut Connection) -> R) -> Option<R> {
        let mut pool = self.lock();
        let result = update(pool.connection(key)?);
        pool.mark_changed(key);
        Some(result)
    }

    /// Reads the state of a connection, if it still exists.
    pub(crate) fn inspect<R>(&self, key: Key, inspect: impl FnOnce(&Connection) -> R) -> Option<R> {
        self.lock().connection(key).map(|connection| inspect(connection))
    }

    /// Closes a socket at once.
    pub(crate) fn remove(&self, key: Key) {
        let mut pool = self.lock();
        pool.remove(key);
        pool.wake();
    }

    /// Closes the listeners, and stops reading. The source emits `Activity::Stopped` for each connection.
    pub(crate) fn stop(&self) {
        let mut pool = self.lock();
        let keys: Vec<Key> = pool.slots.iter().map(|(_, slot)| slot.key).collect();
        for key in keys {
            match pool.connection(key) {
                Some(connection) => connection.is_stopping = true,
                None => pool.remove(key),
            }
            pool.enqueue(key);
        }
        pool.wake();
    }

    /// Lets the source continue, after its last events have been delivered.
    pub(crate) fn proceed(&self) {
        let mut pool = self.lock();
        pool.is_delivering = false;
        pool.wake();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().slots.is_empty()
    }

    /// Begins a new event source, and returns its number. Earlier sources end.
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
    pub(super) fn slot(&mut self, key: Key) -> Option<&mut Slot> {
        self.slots.get_mut(key.index as usize).filter(|slot| slot.key == key)
    }

    fn connection(&mut self, key: Key) -> Option<&mut Connection> {
        match &mut self.slot(key)?.socket {
            Socket::Connection(connection) => Some(connection),
            Socket::Listener(_) => None,
        }
    }

    fn mark_changed(&mut self, key: Key) {
        let Some(slot) = self.slot(key).filter(|slot| !slot.is_changed) else { return };
        slot.is_changed = true;
        self.changed.push_back(key);
        self.wake();
    }

    /// Adds a socket to the end of the queue, unless it is queued already.
    pub(super) fn enqueue(&mut self, key: Key) {
        if let Some(slot) = self.slot(key)
            && !mem::replace(&mut slot.is_queued, true)
        {
            self.queue.push_back(key);
        }
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Adds a connection that the listener `local` accepted, unless admission control refuses it.
    pub(super) fn admit(
        &mut self,
        socket: mio::net::TcpStream,
        peer: SocketAddr,
        local: TcpAddress,
    ) -> Option<Key> {
        let address = socket
            .local_addr()
            .inspect_err(|error| debug!(%peer, %error, "a connection was closed before it was accepted"));
        let address = canonical(address.ok()?);
        let (key, conversation) = (self.next_key(), (address.port(), peer));
        let setup = Arc::clone(&self.setup);
        if let Err(refusal) = self.admission.admit(conversation, key, &setup.options) {
            setup.counters.refused.fetch_add(1, Relaxed);
            debug!(%peer, listener = %local, ?refusal, "connection refused");
            if let Refusal::Duplicate(former) = refusal {
                self.mark_former_lost(former, address);
            }
            return None;
        }
        let mut connection = Connection::new(socket, (local, peer.into()), Outgoing::default(), setup);
        connection.wait(self.setup.options.unclaimed_timeout);
        let inserted = self.insert(key, Socket::Connection(connection), Some(conversation));
        inserted.inspect_err(|error| warn!(%peer, %error, "cannot add a connection to the poller")).ok()?;
        self.setup.counters.accepted.fetch_add(1, Relaxed);
        Some(key)
    }

    /// Marks an open connection as lost if a new connection has the same two ends: the system then knows that the
    /// former one has ended.
    fn mark_former_lost(&mut self, key: Key, address: SocketAddr) {
        let Some(former) = self.connection(key) else { return };
        if former.socket.local_addr().is_ok_and(|local| canonical(local) == address) {
            former.mark_lost();
            self.mark_changed(key);
        }
    }

    /// The key for the next socket that is inserted.
    fn next_key(&mut self) -> Key {
        self.serial = self.serial.wrapping_add(1);
        let index = self.slots.vacant_key() as u32;
        Key { index, serial: self.serial }
    }

    fn insert(&mut self, key: Key, socket: Socket, conversation: Option<Conversation>) -> io::Result<()> {
        let mut slot = Slot::new(key, socket, conversation);
        let poller = match &mut self.poller {
            Some(poller) => Ok(poller),
            none => Poller::new().map(|new| none.insert(new)),
        };
        let registered = poller.and_then(|poller| poller.register(slot.source(), key.token()));
        if let Err(error) = registered {
            self.give_up(&slot);
            return Err(error);
        }
        self.slots.insert(slot);
        self.update_deadline(key);
        self.wake();
        Ok(())
    }

    pub(super) fn remove(&mut self, key: Key) {
        if self.slot(key).is_none() {
            return;
        }
        let mut slot = self.slots.remove(key.index as usize);
        if let Some(poller) = &self.poller {
            poller.deregister(slot.source());
        }
        self.deadlines.change(key, slot.deadline, None);
        self.give_up(&slot);
    }

    /// Informs admission control that an inbound connection has been closed.
    fn give_up(&mut self, slot: &Slot) {
        if let Some(conversation) = &slot.conversation {
            self.admission.leave(conversation);
        }
    }

    /// Updates the deadline of a socket in the list of deadlines.
    pub(super) fn update_deadline(&mut self, key: Key) {
        let Some(slot) = self.slots.get_mut(key.index as usize) else { return };
        let deadline = slot.next_deadline();
        if deadline != slot.deadline {
            self.deadlines.change(key, slot.deadline, deadline);
            slot.deadline = deadline;
        }
    }
}
