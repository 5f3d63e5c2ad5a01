//! Receiving, a batch at a time.

use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::task::Context;

use bytes::{Bytes, BytesMut};
use tracing::debug;

use super::loss::Losses;
use super::port::Port;
use crate::address::UdpAddress;

/// How many packets are received before others go on.
const BATCH: usize = 64;

/// More than the longest packet.
const SCRATCH: usize = 64 * 1024;

/// How much memory short bodies share, which one that is kept holds on to; and how long those are at most.
const CHUNK: usize = 2048;
const SHORT: usize = CHUNK / 8;

thread_local! {
    /// Where all sockets receive to; no idle socket holds a buffer.
    static BUFFER: RefCell<Buffer> = RefCell::new(Buffer::new());
}

/// Memory to receive to.
struct Buffer {
    /// Where a packet comes to.
    scratch: Vec<u8>,
    /// Where short bodies go from there.
    chunk: BytesMut,
}

/// Packets: from where, and what they carry.
pub(super) type Received = Vec<(UdpAddress, Bytes)>;

/// Receives a batch, as far as there is one.
///
/// # Errors
///
/// If the socket is of no use any more.
pub(super) fn receive(port: &Port, losses: &mut Losses, cx: &mut Context<'_>) -> io::Result<Received> {
    BUFFER.with_borrow_mut(|buffer| {
        let mut received = Vec::new();
        let mut failures = 0;
        for _ in 0..BATCH {
            match port.receive(&mut buffer.scratch) {
                Ok((length, sender)) => received.push((sender, buffer.body(length))),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let is_idle = received.is_empty() && losses.0.is_empty();
                    if !is_idle || port.poll_readable(cx).is_pending() {
                        return Ok(received);
                    }
                }
                Err(_) if losses.take_refusals(port) => {}
                // It was an earlier packet's, it is not known which; unless it comes again and again.
                Err(error) => {
                    debug!(bound_to = %port.address(), %error, "a packet was refused");
                    failures += usize::from(!is_about_one_packet(&error));
                    if failures == BATCH {
                        return Err(error);
                    }
                }
            }
        }
        cx.waker().wake_by_ref();
        Ok(received)
    })
}

impl Buffer {
    fn new() -> Self {
        Self { scratch: vec![0; SCRATCH], chunk: BytesMut::with_capacity(CHUNK) }
    }

    /// The body that has come.
    fn body(&mut self, length: usize) -> Bytes {
        let body = &self.scratch[..length];
        if length > SHORT {
            return Bytes::copy_from_slice(body);
        }
        self.chunk.extend_from_slice(body);
        self.chunk.split().freeze()
    }
}

/// Where refusals have no queue of their own they come this way.
fn is_about_one_packet(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionRefused, ConnectionReset, HostUnreachable, Interrupted, NetworkUnreachable};
    matches!(
        error.kind(),
        ConnectionRefused | ConnectionReset | HostUnreachable | Interrupted | NetworkUnreachable
    )
}
