//! The server: it accepts connections, and bounds how many there are.

use std::rc::Rc;
use std::time::Duration;

use futures::future::{Either, pending};
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt, select_biased};

use super::connection::{Limits, refuse, serve};
use super::guard::Guard;
use super::listener::Listener;
use super::route::Routes;
use crate::inspected::Inspected;
use crate::options::Options;

/// The most connections that are served.
const MOST_CONNECTIONS: usize = 64;

/// The most further connections that are answered with status 503. Others wait in the system's queue.
const MOST_REFUSED: usize = 16;

/// The longest request time-out. hyper adds the time-out to the current time, which must not overflow.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The pause after an error of `accept`.
pub(super) const PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Server {
    listener: Listener,
    limits: Limits,
    routes: Rc<Routes>,
}

impl Server {
    pub(super) fn new(options: Options, mut listener: Listener, inspected: Inspected) -> Self {
        let limits = Limits { request: options.request_timeout.min(LONGEST), stall: options.stall_timeout };
        let guard = Guard::new(options.hosts, listener.token.take());
        Self { listener, limits, routes: Rc::new(Routes::new(guard, inspected, limits.request)) }
    }

    /// Accepts and serves connections, and never ends.
    pub(super) async fn run(self) {
        let Self { listener, limits, routes } = self;
        let (mut served, mut refused) = (FuturesUnordered::new(), FuturesUnordered::new());
        loop {
            let is_full = refused.len() == MOST_REFUSED;
            let next = if is_full { Either::Left(pending()) } else { Either::Right(listener.accept()) };
            select_biased! {
                () = served.select_next_some() => {}
                () = refused.select_next_some() => {}
                socket = Box::pin(next.fuse()) => {
                    if served.len() < MOST_CONNECTIONS {
                        served.push(serve(socket, limits, Rc::clone(&routes)));
                    } else {
                        refused.push(refuse(socket, limits));
                    }
                }
            }
        }
    }
}
