//! The state of the driver's process: its sockets, and the demand for them.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use marketplace_core::{Context, EventSource, Pattern as _};

use crate::io::{Key, Sockets};
use crate::message::Ends;
use crate::multiset::Multiset;
use crate::name::{INBOUND_DEMAND, OUTBOUND_DEMAND};
use crate::options::TcpDriver;
use crate::pending::Pending;

/// The endpoint that receives the events of the sockets. It exists while the driver has a socket.
const SOCKETS: &str = "sockets";

/// The state of the driver's process.
pub(crate) struct Driver {
    pub(crate) setup: Arc<TcpDriver>,
    pub(crate) sockets: Sockets,
    /// The source of the sockets' events, while the driver has a socket.
    source: Option<EventSource>,
    pub(crate) is_stopping: bool,
    /// The number of endpoints that demand each port.
    pub(crate) ports: Multiset<u16>,
    pub(crate) listeners: HashMap<u16, Key>,
    /// The number of endpoints that demand each outbound connection.
    pub(crate) connections: Multiset<Ends>,
    pub(crate) pending: HashMap<Ends, Pending>,
}

impl Driver {
    pub(crate) fn new(setup: Arc<TcpDriver>) -> Self {
        let sockets = Sockets::new(Arc::clone(&setup));
        Self {
            setup,
            sockets,
            source: None,
            is_stopping: false,
            ports: Multiset::new(),
            listeners: HashMap::new(),
            connections: Multiset::new(),
            pending: HashMap::new(),
        }
    }

    /// Opens a socket, and subscribes to the sockets' events if this is the first socket.
    pub(crate) fn open<T>(
        &mut self,
        cx: &mut Context<'_, Self>,
        open: impl FnOnce(&Sockets) -> io::Result<T>,
    ) -> io::Result<T> {
        let opened = open(&self.sockets)?;
        if self.source.is_none() {
            cx.on_event(self.source.insert(self.sockets.source()), Self::on_activities)
                .named(SOCKETS)
                // The sockets emit no event before this subscription is active.
                .on_presence(|driver, _, _| driver.sockets.proceed())
                // If the poller fails, the driver fails.
                .on_absence(|driver, cx, peer, reason| {
                    if driver.source == peer.conversation.source.value() {
                        cx.quit_because(reason.clone());
                    }
                });
        }
        Ok(opened)
    }

    /// Begins to stop: the driver accepts nothing more, and quits after the last connection has been closed.
    pub(crate) fn stop(&mut self, cx: &mut Context<'_, Self>) {
        self.is_stopping = true;
        if self.source.is_none() {
            return cx.quit();
        }
        self.sockets.stop();
        for demand in INBOUND_DEMAND.into_iter().chain(OUTBOUND_DEMAND) {
            cx.delete(demand);
        }
    }

    /// Continues after the sockets' events have been delivered. When no socket is left, the driver deletes its
    /// subscription, so that the program can end.
    pub(crate) fn proceed(&mut self, cx: &mut Context<'_, Self>) {
        if !self.sockets.is_empty() {
            return self.sockets.proceed();
        }
        self.source = None;
        cx.delete(SOCKETS);
        if self.is_stopping {
            cx.quit();
        }
    }
}
