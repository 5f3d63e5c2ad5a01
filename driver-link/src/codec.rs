//! The codec: frames as bytes, for other programs.

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

/// The number of the protocol, the first byte of each packet.
const VERSION: u8 = 1;

/// Encodes batches as packets of bytes and decodes them, for authors of transports to other programs.
///
/// Whatever a peer sends, the codec does not panic, overflow the stack, run for long, or use more memory than the
/// [limits](CodecLimits) allow. An invalid message or pattern is an error that names its type. A panic of a user's own
/// `Serialize` or `Deserialize` becomes such an error too, unless panics abort. Memory that such an implementation allocates
/// itself is not limited: it should not reserve memory for a number that it has read.
///
/// # Format
///
/// A packet is a batch or a part of one, and can be read without earlier packets. Its contents are encoded as in
/// [postcard](https://postcard.jamesmunns.com/wire-format). An integer of more than eight bits uses seven bits of each byte,
/// the lowest first, and all bytes but the last have the highest bit set. Text, bytes and lists begin with their length, an
/// option with 0 or 1, and an enum with the number of the variant. Structs and tuples are their parts in order.
///
/// | part of a packet | contents |
/// | --- | --- |
/// | protocol | one byte, 1; packets of another protocol are refused |
/// | session, first | two `u64`: see [`Batch`] |
/// | entries | the frames, up to the end of the packet; a type entry comes before the frames of another type |
///
/// | entry | parts |
/// | --- | --- |
/// | 0 hello | name: text; window: `u32`; types: a list of name, text, and version, `u32` |
/// | 1 type | key: 8 bytes; the patterns and messages that follow in this packet are of this type |
/// | 2 add | id: `u64`; orientation: 0 publisher, 1 subscriber; interest: 0 participant, 1 observer, 2 everything; pattern: bytes |
/// | 3 remove | id: `u64`; error: an option of text |
/// | 4 ready | |
/// | 5 message | orientation: 0 publisher, 1 subscriber; message: bytes |
/// | 6 taken | frames: `u64` |
/// | 7 sync | |
/// | 8 bye | error: an option of text |
/// | 9 void | |
///
/// The bytes of a message or a pattern are its serde encoding in the same format. A key is the 64-bit FNV-1a hash of the
/// type's name, a zero byte and the version's four bytes in little-endian order; the key is little-endian too. An error is
/// sent as text, of at most 1,024 bytes. `#[serde(skip)]` works. Attributes that need a self-describing format do not:
/// `skip_serializing_if`, `untagged`, `tag`, `flatten`.
///
/// # Examples
///
/// The packet for a subscriber to one room:
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
///     5,                                              // whose pattern has 5 bytes:
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

/// An encoded batch, the result of [`Codec::encode`].
#[derive(Debug, Default)]
pub struct Packets {
    /// The packets, in the order in which to send them: at least one, unless the limits leave no room for any.
    pub packets: Vec<Vec<u8>>,
    /// One error for each frame that cannot be encoded. A `Void` frame takes its place in the packets.
    pub unsent: Vec<Reason>,
}

impl Codec {
    /// A codec for those types of the list that have a name: [`Shared::named`](crate::Shared::named).
    #[must_use]
    pub const fn new(shared: Arc<SharedTypes>, limits: CodecLimits) -> Self {
        Self { shared, limits }
    }

    /// Encodes a batch into one packet, or several if it does not fit into one.
    #[must_use]
    pub fn encode(&self, batch: &Batch) -> Packets {
        let packing = Packing::new(&self.shared, self.limits, batch.session, batch.first);
        packing.pack(&batch.frames).unwrap_or_else(|why| Packets {
            packets: Vec::new(),
            unsent: vec![Reason::error(anyhow::Error::new(why))],
        })
    }

    /// Decodes the batch in a packet.
    ///
    /// # Errors
    ///
    /// If the packet is invalid: of another protocol, with a type that this ground does not share, above a limit, or not a
    /// packet at all. The transport should refuse the sender from then on.
    pub fn decode(&self, packet: &[u8]) -> anyhow::Result<Batch> {
        Unpacking::new(&self.shared, self.limits).batch(packet).map_err(anyhow::Error::new)
    }
}
