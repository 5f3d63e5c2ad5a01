//! The poller (epoll or kqueue, through mio) for all sockets of a driver. The async runtime waits for the poller
//! through the poller's own file descriptor.

use std::io::{self, ErrorKind};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use mio::event::{Event, Source};
use mio::{Events, Interest, Registry, Token};

use super::runtime::Async;

/// The largest number of events that one poll returns.
const EVENTS: usize = 1024;

/// The kinds of readiness to report for a socket. Linux and Android can report urgent data too.
#[cfg(any(target_os = "android", target_os = "linux"))]
const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE).add(Interest::PRIORITY);
#[cfg(not(any(target_os = "android", target_os = "linux")))]
const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// An edge-triggered poller: it reports each change of a socket's readiness once. A socket counts as ready until a call
/// on it returns `WouldBlock`.
pub(super) struct Poller {
    poll: mio::Poll,
    watch: Async<Registry>,
    events: Events,
}

impl Poller {
    pub(super) fn new() -> io::Result<Self> {
        let poll = mio::Poll::new()?;
        let watch = Async::new_nonblocking(poll.registry().try_clone()?)?;
        Ok(Self { poll, watch, events: Events::with_capacity(EVENTS) })
    }

    pub(super) fn register(&self, socket: &mut dyn Source, token: Token) -> io::Result<()> {
        self.poll.registry().register(socket, token, INTEREST)
    }

    pub(super) fn deregister(&self, socket: &mut dyn Source) {
        // It does not matter if this fails: the socket is closed next, which removes it from the poller.
        let _in_any_case = self.poll.registry().deregister(socket);
    }

    /// Calls `note` for each event. The task is woken when there are further events.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut note: impl FnMut(&Event),
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.watch.poll_readable(cx))?;
            match self.poll.poll(&mut self.events, Some(Duration::ZERO)) {
                Ok(()) => self.events.iter().for_each(&mut note),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

/// Whether urgent data may have arrived. On systems that do not report urgent data, this is always true.
pub(super) fn may_be_urgent(event: &Event) -> bool {
    event.is_priority() || cfg!(not(any(target_os = "android", target_os = "linux")))
}
