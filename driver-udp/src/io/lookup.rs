//! Look-ups of names, and the packets that wait for them.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::{BoxFuture, FutureExt};
use futures::stream::{FuturesUnordered, StreamExt};

use super::queue::Outgoing;
use super::runtime::resolve;

/// The addresses of a name.
type Found = io::Result<Vec<SocketAddr>>;

/// The running look-ups of a socket. Each name has one look-up at a time, and all packets to the name wait for it.
#[derive(Default)]
pub(super) struct Lookups {
    running: FuturesUnordered<BoxFuture<'static, (Arc<str>, Found)>>,
    waiting: HashMap<Arc<str>, Vec<Outgoing>>,
}

/// The result of a look-up, and the packets that waited for it.
pub(super) type LookedUp = (Found, Vec<Outgoing>);

impl Lookups {
    /// Makes a packet wait for the look-up of its host, and starts the look-up if necessary.
    pub(super) fn wait(&mut self, name: &Arc<str>, packet: Outgoing) {
        let waiting = self.waiting.entry(Arc::clone(name)).or_default();
        if waiting.is_empty() {
            self.running.push(look_up(Arc::clone(name)).boxed());
        }
        waiting.push(packet);
    }

    /// The next look-up that has finished. Pending if no look-up is running.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<LookedUp> {
        if self.waiting.is_empty() {
            return Poll::Pending;
        }
        match self.running.poll_next_unpin(cx) {
            Poll::Ready(Some((name, found))) => {
                Poll::Ready((found, self.waiting.remove(&name).unwrap_or_default()))
            }
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}

/// Looks up the addresses of a name. The port 0 is only a placeholder.
async fn look_up(name: Arc<str>) -> (Arc<str>, Found) {
    let found = resolve((&*name, 0)).await;
    (name, found)
}
