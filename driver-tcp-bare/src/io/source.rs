//! The source of what happens on the sockets of a driver: it serves those that are ready, in turn.

use std::task::{Context, Poll};
use std::{io, mem};

use futures::stream;
use marketplace_core::{EventSource, Reason};

use super::connection::Activity;
use super::place::{Key, Place, Socket};
use super::pool::{Pool, Sockets, lock};

/// How much is told or closed at a time, and how many bytes are read for it.
const MOST: usize = 1024;
const MOST_BYTES: usize = 1 << 20;

/// What is told at a time, each with the connection on which it happened. Nothing, where there is no socket left.
pub(crate) type Activities = Result<Vec<(Key, Activity)>, Reason>;

impl Sockets {
    /// The source of what happens from now on, in place of all earlier ones. The next is told once
    /// [`proceed`](Self::proceed) says that the last has been delivered, so no connection is read further than it is
    /// heard. Whoever has the source has not the sockets: those go with the driver.
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
        // After those of which there is news, so that nobody is served twice while another waits.
        self.queue.extend(self.again.drain(..));
        let activities = self.serve();
        self.look_at_clock(cx);
        if activities.is_empty() && !self.places.is_empty() {
            if !self.queue.is_empty() || !self.again.is_empty() {
                cx.waker().wake_by_ref();
            }
            return Poll::Pending;
        }
        self.is_delivering = true;
        Poll::Ready(Ok(activities))
    }

    /// Writes what sessions have had sent, and has those served on which that, or what else was asked, is news.
    fn write(&mut self) {
        while let Some(key) = self.asked.pop_front() {
            let Some(place) = self.place(key) else { continue };
            place.is_asked = false;
            let Socket::Connection(connection) = &mut place.socket else { continue };
            connection.write();
            if connection.has_news() {
                self.enqueue(key);
            }
            self.settle(key);
        }
    }

    /// Has those served of which the system tells.
    fn take_events(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let Self { poller: Some(poller), places, queue, .. } = self else { return Ok(()) };
        let polled = poller.poll(cx, |event| {
            let Some(place) = places.get_mut(event.token().0) else { return };
            place.note(event);
            if !mem::replace(&mut place.is_queued, true) {
                queue.push_back(place.key);
            }
        });
        match polled {
            Poll::Ready(Err(error)) => Err(error),
            _ => Ok(()),
        }
    }

    /// Has those served next whose deadlines have passed. Last, so that the clock knows of all of them.
    fn look_at_clock(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready((deadline, key)) = self.deadlines.poll_passed(cx) {
            if let Some(place) = self.place(key) {
                place.pass(deadline);
                self.enqueue(key);
            }
        }
    }

    /// Serves those that are queued; what happens on them.
    fn serve(&mut self) -> Vec<(Key, Activity)> {
        let mut activities = Vec::with_capacity(self.queue.len().min(MOST));
        let (mut closing, mut bytes) = (0, 0);
        while activities.len() + closing < MOST
            && bytes < MOST_BYTES
            && let Some(key) = self.queue.pop_front()
        {
            let Some(place) = self.places.get_mut(key.index as usize).filter(|place| place.key == key) else {
                continue;
            };
            place.is_queued = false;
            match &mut place.socket {
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

    /// Takes in what waits at a listener.
    fn accept(&mut self, key: Key, activities: &mut Vec<(Key, Activity)>) {
        let Some(Place { socket: Socket::Listener(listener), .. }) = self.place(key) else { return };
        let local = listener.local.clone();
        for (socket, peer) in listener.accept() {
            if let Some(connection) = self.admit(socket, peer, local.clone()) {
                activities.push((connection, Activity::Accepted));
            }
        }
    }

    /// Sees to what a socket that has been served still waits for.
    fn follow_up(&mut self, key: Key) {
        let Some(place) = self.place(key) else { return };
        if place.has_more() && !mem::replace(&mut place.is_queued, true) {
            self.again.push(key);
        }
        self.settle(key);
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

    /// Both ends of a connection; `bytes` and the end of what comes wait at the second.
    fn pair(bytes: &[u8]) -> anyhow::Result<(TcpStream, TcpStream)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let mut client = TcpStream::connect(listener.local_addr()?)?;
        let (server, _) = listener.accept()?;
        client.set_write_timeout(Some(TIMEOUT))?;
        client.write_all(bytes)?;
        client.shutdown(Shutdown::Write)?;
        let (start, mut peeked) = (Instant::now(), vec![0; bytes.len()]);
        while server.peek(&mut peeked)? < bytes.len() {
            ensure!(start.elapsed() < TIMEOUT, "the bytes do not come");
        }
        server.set_nonblocking(true)?;
        Ok((client, server))
    }

    #[test]
    fn what_closing_connections_discard_counts_for_what_is_done_at_a_time() -> anyhow::Result<()> {
        const BYTES: usize = 32 << 10;
        let sockets = Sockets::new(Arc::new(TcpDriver::new()));
        let mut clients = Vec::new();
        for _ in 0..80 {
            let (client, server) = pair(&[0; BYTES])?;
            let ends = (TcpAddress::from(server.local_addr()?), TcpAddress::from(server.peer_addr()?));
            let key = sockets.add(server, ends, Outgoing::default())?;
            sockets.ask(key, Connection::close);
            clients.push(client);
        }
        let pool = sockets.begin().0.upgrade().context("the sockets must be there")?;
        let mut pool = lock(&pool);
        pool.is_delivering = false;
        task::block_on(future::poll_fn(|cx| {
            let before = pool.places.len();
            assert!(!matches!(pool.poll(cx), Poll::Ready(Err(_))));
            let closed = before - pool.places.len();
            assert!(closed <= MOST_BYTES / BYTES, "{closed} connections are closed at a time");
            if pool.places.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        }));
        Ok(())
    }
}
