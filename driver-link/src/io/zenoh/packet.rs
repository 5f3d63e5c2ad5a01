//! What travels at once: a batch, if there is one, and at its end what the two transports tell each other.
//!
//! ```text
//! batch                  as the codec has it; nothing, in a sign of life
//! where     8 bytes      how much the sender has sent until here, this included: the sum of the weights, little-endian
//! taken     8 bytes      where the last packet that was taken by the sender's link had come to, little-endian
//! flags     1 byte       1: say at once what has been taken
//! version   1 byte       1
//! ```

use std::sync::Arc;

/// What stands at the end of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trailer {
    /// Where in all that it sends the sender is, once this has been taken.
    pub(super) position: u64,
    /// Where in all that it gets it is.
    pub(super) taken: u64,
    /// Whether it wants to be told at once what is taken.
    pub(super) is_urgent: bool,
}

const VERSION: u8 = 1;

/// What a packet of no length weighs: about what it takes in memory while it waits.
const EMPTY: u64 = 128;

impl Trailer {
    /// How many bytes it takes.
    pub(super) const LENGTH: usize = 18;

    /// Completes a packet.
    pub(super) fn append(self, packet: &mut Vec<u8>) {
        packet.extend(self.position.to_le_bytes());
        packet.extend(self.taken.to_le_bytes());
        packet.extend([u8::from(self.is_urgent), VERSION]);
    }

    /// Takes a packet apart.
    ///
    /// # Errors
    ///
    /// Why it cannot be understood.
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

/// How much may be under way to a ground that it has not taken: as much as zenoh's own queue has room for, where half of
/// that is lost since large packets and small ones take turns.
pub(super) const WINDOW: u64 = 1 << 19;

/// How much a packet of so many bytes counts, for what may be under way.
pub(super) const fn weight(length: usize) -> u64 {
    length as u64 + EMPTY
}

/// How much of a ground waits here at most, where no packet has a longer batch: what may be under way, twice, since the
/// ground may have begun anew.
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
