//! Receiving, a batch at a time.

use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::task::Context;

use bytes::Bytes;
use tracing::debug;

use super::loss::Losses;
use super::port::Port;
use crate::address::UdpAddress;

/// How many packets are received before others go on.
const BATCH: usize = 64;

/// More than the longest packet.
const SCRATCH: usize = 64 * 1024;

thread_local! {
    /// Where all sockets receive to; no idle socket holds a buffer.
    static SCRATCH_BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; SCRATCH]);
}

/// Packets: from where, and what they carry.
pub(super) type Received = Vec<(UdpAddress, Bytes)>;

/// Receives a batch, as far as there is one.
///
/// # Errors
///
/// If the socket is of no use any more.
pub(super) fn receive(port: &Port, losses: &mut Losses, cx: &mut Context<'_>) -> io::Result<Received> {
    SCRATCH_BUFFER.with_borrow_mut(|scratch| {
        let mut received = Vec::new();
        let mut failures = 0;
        for _ in 0..BATCH {
            match port.receive(scratch) {
                Ok((length, sender)) => received.push((sender, Bytes::copy_from_slice(&scratch[..length]))),
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

/// Where refusals have no queue of their own they come this way.
fn is_about_one_packet(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionRefused, ConnectionReset, HostUnreachable, Interrupted, NetworkUnreachable};
    matches!(
        error.kind(),
        ConnectionRefused | ConnectionReset | HostUnreachable | Interrupted | NetworkUnreachable
    )
}
