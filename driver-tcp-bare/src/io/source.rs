//! The event source of a driver's sockets. Each poll serves the sockets that are ready, in turn.

use std::task::{Context, Poll};
use std::{io, mem};

use futures::stream;
use marketplace_core::{EventSource, Reason};

use super::connection::Activity;
use super::pool::{Pool, Sockets, lock};
use super::slot::{Key, Slot, Socket};

/// The largest number of activities and closing connections in one poll.
const MAX_ACTIVITIES: usize = 1024;
/// After this number of bytes has been read, a poll serves no further socket.
const MAX_BYTES: usize = 1 << 20;

/// The activities of one poll, each with the key of its connection. It is empty if no socket is left.
pub(crate) type Activities = Result<Vec<(Key, Activity)>, Reason>;

impl Sockets {
    /// The source of the sockets' activities from now on. All earlier sources end.
    ///
    /// After each event the source waits for [`proceed`](Self::proceed), so that a connection is read no faster than
    /// its data is delivered. The source does not keep the sockets open: they are dropped with the driver.
    pub(crate) fn source(&self) -> EventSource {
        let (sockets, number) = self.begin();
        let activities = stream::poll_fn(move |cx| match sockets.upgrade() {
            Some(pool) => lock(&pool).poll_of(number, cx),
            None => Poll::Ready(None),
        });
        EventSource::once("tcp sockets", activities)
    }
}

impl Pool {
    fn poll_of(&mut self, source: u64, cx: &mut Context<'_>) -> Poll<Option<Activities>> {
        if source == self.source { self.poll(cx).map(Some) } else { Poll::Ready(None) }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Activities> {
        self.waker = Some(cx.waker().clone());
        self.write();
        if self.is_delivering {
            return Poll::Pending;
        }
        if let Err(error) = self.take_events(cx) {
            return Poll::Ready(Err(Reason::error(error)));
        }
        // These join after the sockets with new events, so that no socket is served twice while another one waits.
        self.queue.extend(self.requeue.drain(..));
        let activities = self.serve();
        self.take_passed_deadlines(cx);
        if activities.is_empty() && !self.slots.is_empty() {
            if !self.queue.is_empty() || !self.requeue.is_empty() {
                cx.waker().wake_by_ref();
            }
            return Poll::Pending;
        }
        self.is_delivering = true;
        Poll::Ready(Ok(activities))
    }

    /// Writes the bytes that sessions have sent, and queues the connections that must be served after that.
    fn write(&mut self) {
        while let Some(key) = self.changed.pop_front() {
            let Some(slot) = self.slot(key) else { continue };
            slot.is_changed = false;
            let Socket::Connection(connection) = &mut slot.socket else { continue };
            connection.write();
            if connection.needs_service() {
                self.enqueue(key);
            }
            self.update_deadline(key);
        }
    }

    /// Queues the sockets for which the poller reports events.
    fn take_events(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let Self { poller: Some(poller), slots, queue, .. } = self else { return Ok(()) };
        let polled = poller.poll(cx, |event| {
            let Some(slot) = slots.get_mut(event.token().0) else { return };
            slot.note(event);
            if !mem::replace(&mut slot.is_queued, true) {
                queue.push_back(slot.key);
            }
        });
        match polled {
            Poll::Ready(Err(error)) => Err(error),
            _ => Ok(()),
        }
    }

    /// Queues the sockets whose deadlines have passed. This comes last, after all deadlines have been updated.
    fn take_passed_deadlines(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready((deadline, key)) = self.deadlines.poll_passed(cx) {
            if let Some(slot) = self.slot(key) {
                slot.pass(deadline);
                self.enqueue(key);
            }
        }
    }

    /// Serves the queued sockets, and returns their activities.
    fn serve(&mut self) -> Vec<(Key, Activity)> {
        let mut activities = Vec::with_capacity(self.queue.len().min(MAX_ACTIVITIES));
        let (mut closing, mut bytes) = (0, 0);
        while activities.len() + closing < MAX_ACTIVITIES
            && bytes < MAX_BYTES
            && let Some(key) = self.queue.pop_front()
        {
            let Some(slot) = self.slots.get_mut(key.index as usize).filter(|slot| slot.key == key) else {
                continue;
            };
            slot.is_queued = false;
            match &mut slot.socket {
                Socket::Listener(_) => self.accept(key, &mut activities),
                Socket::Connection(connection) if connection.is_closing() => {
                    closing += 1;
                    bytes += connection.proceed_to_close(&mut self.scratch);
                    if connection.is_done {
                        self.remove(key);
                    }
                }
                Socket::Connection(connection) => {
                    if let Some(activity) = connection.serve(&mut self.scratch) {
                        bytes += activity.bytes();
                        activities.push((key, activity));
                    }
                }
            }
            self.follow_up(key);
        }
        activities
    }

    /// Accepts the connections that wait at a listener.
    fn accept(&mut self, key: Key, activities: &mut Vec<(Key, Activity)>) {
        let Some(Slot { socket: Socket::Listener(listener), .. }) = self.slot(key) else { return };
        let local = listener.local.clone();
        for (socket, peer) in listener.accept() {
            if let Some(connection) = self.admit(socket, peer, local.clone()) {
                activities.push((connection, Activity::Accepted));
            }
        }
    }

    /// Queues a socket again after it has been served, if necessary, and updates its deadline.
    fn follow_up(&mut self, key: Key) {
        let Some(slot) = self.slot(key) else { return };
        if slot.has_more() && !mem::replace(&mut slot.is_queued, true) {
            self.requeue.push(key);
        }
        self.update_deadline(key);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use anyhow::{Context as _, ensure};
    use async_std::task;
    use futures::future;

    use super::*;
    use crate::io::connection::Connection;
    use crate::message::TcpAddress;
    use crate::options::TcpDriver;
    use crate::outgoing::Outgoing;

    const TIMEOUT: Duration = Duration::from_secs(30);

    /// The client's and the server's end of a connection. The client has sent `bytes` and closed its sending side, and
    /// the bytes wait at the server.
    fn pair(bytes: &[u8]) -> anyhow::Result<(TcpStream, TcpStream)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let mut client = TcpStream::connect(listener.local_addr()?)?;
        let (server, _) = listener.accept()?;
        client.set_write_timeout(Some(TIMEOUT))?;
        client.write_all(bytes)?;
        client.shutdown(Shutdown::Write)?;
        let (start, mut peeked) = (Instant::now(), vec![0; bytes.len()]);
        while server.peek(&mut peeked)? < bytes.len() {
            ensure!(start.elapsed() < TIMEOUT, "the {} bytes do not arrive", bytes.len());
        }
        server.set_nonblocking(true)?;
        Ok((client, server))
    }

    #[test]
    fn one_poll_discards_a_limited_number_of_bytes_of_closing_connections() -> anyhow::Result<()> {
        const BYTES: usize = 32 << 10;
        let sockets = Sockets::new(Arc::new(TcpDriver::new()));
        let mut clients = Vec::new();
        for _ in 0..80 {
            let (client, server) = pair(&[0; BYTES])?;
            let ends = (TcpAddress::from(server.local_addr()?), TcpAddress::from(server.peer_addr()?));
            let key = sockets.add(server, ends, Outgoing::default())?;
            sockets.update(key, Connection::close);
            clients.push(client);
        }
        let pool = sockets.begin().0.upgrade().context("the pool must exist")?;
        let mut pool = lock(&pool);
        pool.is_delivering = false;
        task::block_on(future::poll_fn(|cx| {
            let before = pool.slots.len();
            assert!(!matches!(pool.poll(cx), Poll::Ready(Err(_))));
            let closed = before - pool.slots.len();
            assert!(closed <= MAX_BYTES / BYTES, "{closed} connections are closed at a time");
            if pool.slots.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        }));
        Ok(())
    }
}
