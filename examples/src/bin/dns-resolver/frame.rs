//! Messages on a stream, each preceded by its length.

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// The bytes of incomplete messages.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    begun: BytesMut,
}

impl Frames {
    /// The number of bytes here.
    pub(crate) fn len(&self) -> usize {
        self.begun.len()
    }

    /// Adds bytes from the stream.
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.begun.extend_from_slice(bytes);
    }
}

impl Iterator for Frames {
    type Item = Bytes;

    /// The next complete message.
    fn next(&mut self) -> Option<Bytes> {
        let length = usize::from(u16::from_be_bytes(*self.begun.first_chunk()?));
        if self.begun.len() < 2 + length {
            return None;
        }
        self.begun.advance(2);
        Some(self.begun.split_to(length).freeze())
    }
}

/// A message in the form for a stream, or `None` if it is too long.
pub(crate) fn framed(message: &[u8]) -> Option<Bytes> {
    let length = u16::try_from(message.len()).ok()?;
    let mut framed = BytesMut::with_capacity(2 + message.len());
    framed.put_u16(length);
    framed.put_slice(message);
    Some(framed.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_in_which_messages_come_do_not_matter() {
        let messages = [&b"one"[..], b"", &[7; 300]];
        let stream: Vec<u8> = messages.iter().flat_map(|message| framed(message).unwrap()).collect();
        for size in 1..=stream.len() {
            let mut frames = Frames::default();
            let mut taken = Vec::new();
            for piece in stream.chunks(size) {
                frames.extend(piece);
                taken.extend(frames.by_ref());
            }
            assert_eq!(taken, messages, "in pieces of {size}");
        }
    }

    #[test]
    fn a_message_may_be_as_long_as_its_length_can_say() {
        assert_eq!(framed(&[0; 65_535]).map(|framed| framed.len()), Some(65_537));
        assert_eq!(framed(&[0; 65_536]), None);
    }
}
