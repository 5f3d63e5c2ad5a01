//! The driver's process: its sockets, and what is demanded of it.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use marketplace_core::{Context, EventSource, Pattern as _};

use crate::early::Early;
use crate::io::{Key, Sockets};
use crate::message::Ends;
use crate::name::{INBOUND_DEMAND, OUTBOUND_DEMAND};
use crate::options::TcpDriver;
use crate::tally::Tally;

/// The endpoint that hears what happens on the sockets, while there are any.
const SOCKETS: &str = "sockets";

/// The driver's process.
pub(crate) struct Driver {
    pub(crate) setup: Arc<TcpDriver>,
    pub(crate) sockets: Sockets,
    /// The source that tells what happens on the sockets, while there are any.
    source: Option<EventSource>,
    pub(crate) is_stopping: bool,
    /// How many endpoints demand each port, and the listeners on them.
    pub(crate) ports: Tally<u16>,
    pub(crate) listeners: HashMap<u16, Key>,
    /// How many endpoints demand each outbound connection, and those connections that are not there yet.
    pub(crate) connections: Tally<Ends>,
    pub(crate) early: HashMap<Ends, Early>,
}

impl Driver {
    pub(crate) fn new(setup: Arc<TcpDriver>) -> Self {
        let sockets = Sockets::new(Arc::clone(&setup));
        Self {
            setup,
            sockets,
            source: None,
            is_stopping: false,
            ports: Tally::new(),
            listeners: HashMap::new(),
            connections: Tally::new(),
            early: HashMap::new(),
        }
    }

    /// Opens a socket, and hears from then on what happens on it.
    pub(crate) fn open<T>(
        &mut self,
        cx: &mut Context<'_, Self>,
        open: impl FnOnce(&Sockets) -> io::Result<T>,
    ) -> io::Result<T> {
        let opened = open(&self.sockets)?;
        if self.source.is_none() {
            cx.on_event(self.source.insert(self.sockets.source()), Self::happen)
                .named(SOCKETS)
                // Nothing is told before there is somebody to hear it.
                .on_presence(|driver, _, _| driver.sockets.proceed())
                // Without its sockets there is no driver.
                .on_absence(|driver, cx, peer, reason| {
                    if driver.source == peer.conversation.source.value() {
                        cx.quit_because(reason.clone());
                    }
                });
        }
        Ok(opened)
    }

    /// Finishes with the connections there are, and quits.
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

    /// Goes on, once what happened has been delivered; without a socket left it hears no more, so that the program
    /// can end.
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
