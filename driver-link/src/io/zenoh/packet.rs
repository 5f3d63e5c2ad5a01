//! A packet: a batch, if there is one, and a trailer, with which the two transports acknowledge packets.
//!
//! ```text
//! batch                  encoded by the codec; empty in a sign of life
//! position  8 bytes      the sum of the weights that the sender has sent, with this packet, little-endian
//! taken     8 bytes      the position of the last packet that the sender's link has processed, little-endian
//! flags     1 byte       1: acknowledge at once
//! version   1 byte       1
//! ```

use std::sync::Arc;

/// The end of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trailer {
    /// The sender's position after this packet.
    pub(super) position: u64,
    /// The position up to which the sender has processed the packets of the other side.
    pub(super) taken: u64,
    /// Whether the sender wants an acknowledgement at once.
    pub(super) is_urgent: bool,
}

const VERSION: u8 = 1;

/// The weight of an empty packet: about the memory that it uses while it waits.
const EMPTY: u64 = 128;

impl Trailer {
    /// Its length in bytes.
    pub(super) const LENGTH: usize = 18;

    /// Appends the trailer to a packet.
    pub(super) fn append(self, packet: &mut Vec<u8>) {
        packet.extend(self.position.to_le_bytes());
        packet.extend(self.taken.to_le_bytes());
        packet.extend([u8::from(self.is_urgent), VERSION]);
    }

    /// Splits a packet into its trailer and its batch.
    ///
    /// # Errors
    ///
    /// If it is not a valid packet. The error says why.
    pub(super) fn split(packet: &[u8]) -> Result<(Self, &[u8]), Arc<str>> {
        match packet.last() {
            Some(&VERSION) => {}
            Some(version) => return Err(format!("packets of version {version}, not of {VERSION}").into()),
            None => return Err("an empty packet".into()),
        }
        let Some((batch, [position @ .., 0 | 1, _])) = packet.split_last_chunk::<{ Self::LENGTH }>() else {
            return Err("a packet without an end".into());
        };
        let (position, taken) = position.split_at(8);
        let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap_or_default());
        let is_urgent = packet[packet.len() - 2] == 1;
        Ok((Self { position: number(position), taken: number(taken), is_urgent }, batch))
    }
}

/// The maximum weight in flight to a ground. Zenoh's own queue has room for it even if half of the queue is wasted,
/// which happens when large and small packets alternate.
pub(super) const WINDOW: u64 = 1 << 19;

/// The weight of a packet of this length.
pub(super) const fn weight(length: usize) -> u64 {
    length as u64 + EMPTY
}

/// The maximum weight of the packets that wait from one ground, if no batch is longer than this: twice the weight in
/// flight, since the ground may have begun a new session.
pub(super) const fn most_waiting(batch: usize) -> u64 {
    2 * (WINDOW + weight(batch + Trailer::LENGTH))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRAILER: Trailer = Trailer { position: 1 << 40, taken: 7, is_urgent: true };

    fn packet(batch: &[u8]) -> Vec<u8> {
        let mut packet = batch.to_vec();
        TRAILER.append(&mut packet);
        packet
    }

    #[test]
    fn a_packet_comes_apart_as_it_was_made() {
        assert_eq!(Trailer::split(&packet(b"batch")), Ok((TRAILER, &b"batch"[..])));
        assert_eq!(Trailer::split(&packet(b"")), Ok((TRAILER, &b""[..])));
    }

    #[test]
    fn what_is_no_packet_is_refused_with_a_reason() {
        let mut other = packet(b"batch");
        *other.last_mut().unwrap() = 2;
        let mut flags = packet(b"batch");
        let at = flags.len() - 2;
        flags[at] = 2;
        for (bytes, why) in [
            (&b""[..], "an empty packet"),
            (&[VERSION], "a packet without an end"),
            (&packet(b"")[1..], "a packet without an end"),
            (&flags, "a packet without an end"),
            (&other, "packets of version 2, not of 1"),
        ] {
            assert_eq!(Trailer::split(bytes).unwrap_err().as_ref(), why, "{bytes:?}");
        }
    }
}
