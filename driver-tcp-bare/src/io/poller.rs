//! The system's poller: one for all sockets of a driver, and itself waited for by its descriptor.

use std::io::{self, ErrorKind};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use mio::event::{Event, Source};
use mio::{Events, Interest, Registry, Token};

use super::runtime::Async;

/// How many events the system tells at a time.
const EVENTS: usize = 1024;

/// What the system is to tell of a socket: of urgent data too, where it can.
#[cfg(any(target_os = "android", target_os = "linux"))]
const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE).add(Interest::PRIORITY);
#[cfg(not(any(target_os = "android", target_os = "linux")))]
const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// Tells once of each change of a socket: what it has told of is so until the socket shows that it is so no longer.
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
        // One that is closed is known to no poller.
        let _in_any_case = self.poll.registry().deregister(socket);
    }

    /// Hands on what the system tells; the task is woken when it has more to tell.
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

/// Whether urgent data may have come: where the system does not tell, that is always so.
pub(super) fn may_be_urgent(event: &Event) -> bool {
    event.is_priority() || cfg!(not(any(target_os = "android", target_os = "linux")))
}
