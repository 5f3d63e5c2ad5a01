//! The source of what happens on the sockets of a driver: it serves those that are ready, in turn.

use std::task::{Context, Poll};
use std::{io, mem};

use futures::stream;
use marketplace_core::{EventSource, Reason};

use super::connection::Activity;
use super::place::{Key, Place, Socket};
use super::pool::{Pool, Sockets, lock};

/// How much is told at a time, and how many bytes of it.
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
        let mut bytes = 0;
        while activities.len() < MOST
            && bytes < MOST_BYTES
            && let Some(key) = self.queue.pop_front()
        {
            let Some(place) = self.places.get_mut(key.index as usize).filter(|place| place.key == key) else {
                continue;
            };
            place.is_queued = false;
            match &mut place.socket {
                Socket::Listener(_) => self.accept(key, &mut activities),
                Socket::Connection(connection) => {
                    if let Some(activity) = connection.serve(&mut self.scratch) {
                        bytes += activity.bytes();
                        activities.push((key, activity));
                    } else if connection.is_done {
                        self.remove(key);
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
