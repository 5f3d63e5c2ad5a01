//! Receiving packets in batches.

use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::task::Context;

use bytes::{Bytes, BytesMut};
use tracing::debug;

use super::loss::Losses;
use super::port::Port;
use crate::address::UdpAddress;

/// The largest number of packets that are received before other sockets are served.
const BATCH: usize = 64;

/// More than the longest packet.
const SCRATCH: usize = 64 * 1024;

/// The size of the memory that short bodies share. One short body that is kept keeps all of it alive.
const CHUNK: usize = 2048;
/// The largest length of a short body.
const SHORT: usize = CHUNK / 8;

thread_local! {
    /// The buffer of all sockets, so that an idle socket needs no buffer.
    static BUFFER: RefCell<Buffer> = RefCell::new(Buffer::new());
}

/// The memory into which packets are received.
struct Buffer {
    /// The system writes each packet here.
    scratch: Vec<u8>,
    /// Short bodies are copied here.
    chunk: BytesMut,
}

/// Received packets: their senders and bodies.
pub(super) type Received = Vec<(UdpAddress, Bytes)>;

/// Receives up to one batch of packets.
///
/// # Errors
///
/// An error of the socket that repeats, so that the socket cannot be used any more.
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
                // Probably the error of an earlier, unknown packet. If it repeats, it is an error of the socket.
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

    /// The body of the packet that was received last.
    fn body(&mut self, length: usize) -> Bytes {
        let body = &self.scratch[..length];
        if length > SHORT {
            return Bytes::copy_from_slice(body);
        }
        self.chunk.extend_from_slice(body);
        self.chunk.split().freeze()
    }
}

/// Whether the error is a refusal of an earlier packet. Systems without a queue of refusals report them in this way.
fn is_about_one_packet(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionRefused, ConnectionReset, HostUnreachable, Interrupted, NetworkUnreachable};
    matches!(
        error.kind(),
        ConnectionRefused | ConnectionReset | HostUnreachable | Interrupted | NetworkUnreachable
    )
}
