//! How a server prints where it listens.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use driver_tcp_bare::{TcpAddress, TcpBound, TcpError};
use driver_udp::{UdpAddress, UdpBound, UdpError};
use marketplace_core::{Context, Pattern, topic};

use crate::Cores;

/// Prints where a server listens, as soon as it listens on all its cores.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// The number of cores on which it does not listen yet.
    missing: Arc<AtomicUsize>,
}

impl Announcement {
    /// The announcement of a server on these cores. Clones are the same announcement.
    #[must_use]
    pub fn new(Cores { cores }: Cores) -> Self {
        Self { missing: Arc::new(AtomicUsize::new(cores.get())) }
    }

    /// Makes a process [report](Self::tell) when its TCP listener is bound. The process fails if the port cannot be bound or
    /// the line cannot be printed.
    pub fn of_tcp<S: 'static>(self, cx: &mut Context<'_, S>, listener: &TcpAddress) {
        cx.observe_publishers(topic!(TcpBound { listener: listener, address: _ })).on_presence(
            move |_, _, bound| {
                bound.conversation.address.value().map_or(Ok(()), |address| self.tell(address))
            },
        );
        cx.subscriber(topic!(TcpError { local: listener, remote: None, .. }))
            .on_message(|_, _, error| error.reason.clone().into_result());
    }

    /// The same for a UDP listener.
    pub fn of_udp<S: 'static>(self, cx: &mut Context<'_, S>, listener: &UdpAddress) {
        cx.observe_publishers(topic!(UdpBound { local: listener, address: _ })).on_presence(
            move |_, _, bound| {
                bound.conversation.address.value().map_or(Ok(()), |address| self.tell(address))
            },
        );
        cx.subscriber(topic!(UdpError { local: listener, remote: None, .. }))
            .on_message(|_, _, error| error.reason.clone().into_result());
    }

    /// Reports that one core listens. The last one prints `listening on ADDR:PORT`.
    ///
    /// # Errors
    ///
    /// If standard output cannot be written.
    pub fn tell(&self, address: SocketAddr) -> anyhow::Result<()> {
        if self.missing.fetch_sub(1, Ordering::AcqRel) == 1 { print_address(address) } else { Ok(()) }
    }
}

/// Prints `listening on ADDR:PORT`.
///
/// # Errors
///
/// If standard output cannot be written.
pub fn print_address(address: SocketAddr) -> anyhow::Result<()> {
    writeln!(io::stdout(), "listening on {address}").context("cannot write standard output")
}
