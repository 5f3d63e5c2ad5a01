//! The bytes in which frames travel to other programs.

mod entry;
mod limit;
mod packing;
mod reader;
mod refusal;
mod unpacking;
mod wire;
mod writer;

use std::sync::Arc;

use marketplace_core::Reason;

use crate::frame::Batch;
use crate::shared::SharedTypes;
pub use limit::CodecLimits;
use packing::Packing;
use unpacking::Unpacking;
pub(crate) use wire::{Key, Wire};

/// Which protocol a packet is of. It stands first in each.
const VERSION: u8 = 1;

/// Batches as bytes, for carriers to other programs.
///
/// Nothing of a peer's makes it panic, overflow the stack, go on for long or take more memory than the
/// [limits](CodecLimits) say. What is wrong with a message or a pattern is an error that names its type, a panic of a user's
/// own `Serialize` or `Deserialize` too, unless panics abort. What such a trait takes by itself, nobody bounds: it should
/// not reserve memory for a number that it has read.
///
/// # Format
///
/// A packet is a batch, or a part of one, and can be read without those before it. All in it is as
/// [postcard](https://postcard.jamesmunns.com/wire-format) has it: an integer of more than eight bits takes seven bits
/// of each byte, the lowest first, and all bytes but the last have the highest bit set; text, bytes and lists begin with
/// their length, an option with 0 or 1, and an enum with the number of the variant; structs and tuples are their parts.
///
/// | part of a packet | what it is |
/// | --- | --- |
/// | protocol | one byte, 1; packets of another protocol are refused |
/// | session, first | two `u64`: see [`Batch`] |
/// | entries | the frames, up to the packet's end, and before those of another type than the last, the type |
///
/// | entry | parts |
/// | --- | --- |
/// | 0 hello | name: text; window: `u32`; types: a list of name, text, and version, `u32` |
/// | 1 type | key: 8 bytes. Of it are the patterns and messages of this packet from here on |
/// | 2 add | id: `u64`; orientation: 0 publisher, 1 subscriber; interest: 0 participant, 1 observer, 2 everything; pattern: bytes |
/// | 3 remove | id: `u64`; error: an option of text |
/// | 4 ready | |
/// | 5 message | orientation: 0 publisher, 1 subscriber; message: bytes |
/// | 6 taken | frames: `u64` |
/// | 7 sync | |
/// | 8 bye | error: an option of text |
/// | 9 void | |
///
/// The bytes of a message or a pattern are what serde makes of it in the same format. A key is the 64-bit FNV-1a hash of
/// the type's name, a zero byte and the version's four bytes, the lowest first; its own lowest byte is the first. Of an
/// error only the text travels, and of that no more than 1,024 bytes. A skipped field, `#[serde(skip)]`, is fine; what
/// needs a format that describes itself is not: `skip_serializing_if`, `untagged`, `tag`, `flatten`.
///
/// # Examples
///
/// What is sent when a subscriber to one room appears:
///
/// ```
/// use std::sync::Arc;
/// use driver_link::{Batch, Codec, CodecLimits, Frame, Shared, SharedTypes};
/// use marketplace_core::{Message, Role, topic};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Message, Serialize, Deserialize)]
/// #[message(serde)]
/// struct Said { room: String, #[message(skip)] text: String }
///
/// let shared = SharedTypes::new([Shared::<Said>::new().named("Said", 1).into()])?;
/// let codec = Codec::new(Arc::new(shared), CodecLimits::default());
/// let role = Role::subscriber(topic!(Said { room: "bar".into(), .. }));
/// let sent = codec.encode(&Batch { session: 2, first: 300, frames: vec![Frame::Add { id: 5, role }] });
///
/// #[rustfmt::skip]
/// let packet = [
///     1,                                              // the protocol
///     2,                                              // the session
///     0b1_0101100, 0b10,                              // the number of the first frame: 300
///     1,                                              // a type:
///     0x05, 0x8e, 0x9d, 0x7b, 0x6b, 0xb2, 0x06, 0x5c, // its key
///     2,                                              // an endpoint:
///     5,                                              // its number
///     1,                                              // a subscriber
///     0,                                              // and participant
///     5,                                              // whose pattern takes 5 bytes:
///     1,                                              // the room is exactly
///     3, b'b', b'a', b'r',                            // "bar", of 3 bytes
/// ];
/// assert_eq!(sent.packets, [packet]);
/// assert_eq!(codec.decode(&packet)?.frames.len(), 1);
/// # Ok::<(), anyhow::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Codec {
    shared: Arc<SharedTypes>,
    limits: CodecLimits,
}

/// What a batch is as bytes.
#[derive(Debug, Default)]
pub struct Packets {
    /// The packets, in the order in which they are to be sent: at least one, unless the limits leave room for none.
    pub packets: Vec<Vec<u8>>,
    /// Why frames cannot be sent, for each that cannot. Another one, `Void`, takes its place in the packets.
    pub unsent: Vec<Reason>,
}

impl Codec {
    /// For the types that a ground shares, as far as they have a name: [`Shared::named`](crate::Shared::named).
    #[must_use]
    pub const fn new(shared: Arc<SharedTypes>, limits: CodecLimits) -> Self {
        Self { shared, limits }
    }

    /// The packets of a batch: one, or more if they do not fit.
    #[must_use]
    pub fn encode(&self, batch: &Batch) -> Packets {
        let packing = Packing::new(&self.shared, self.limits, batch.session, batch.first);
        packing.pack(&batch.frames).unwrap_or_else(|why| Packets {
            packets: Vec::new(),
            unsent: vec![Reason::error(anyhow::Error::new(why))],
        })
    }

    /// The batch that a packet holds.
    ///
    /// # Errors
    ///
    /// What is wrong with the packet: whoever sent it is not to be listened to any more. It may be of another protocol,
    /// of a type that this ground does not share, above a limit, or no packet.
    pub fn decode(&self, packet: &[u8]) -> anyhow::Result<Batch> {
        Unpacking::new(&self.shared, self.limits).batch(packet).map_err(anyhow::Error::new)
    }
}
