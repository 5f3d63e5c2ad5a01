//! The messages of these tests.

#![allow(dead_code, reason = "every test binary uses a part of it")]

use std::collections::BTreeMap;
use std::sync::Arc;

use driver_link::{Batch, Codec, CodecLimits, Frame, Packets, Shared, SharedType, SharedTypes};
use marketplace_core::{AnyMessage, Message, Orientation};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

/// A line of text in a room.
#[derive(Clone, Debug, PartialEq, Message, Serialize, Deserialize)]
#[message(serde)]
pub(crate) struct Said {
    pub(crate) room: String,
    pub(crate) place: Option<Place>,
    #[message(skip)]
    pub(crate) text: String,
}

#[derive(Clone, Debug, PartialEq, Message, Serialize, Deserialize)]
#[message(serde)]
pub(crate) enum Place {
    Table { number: u16, seat: u8 },
    Bar(u8),
    Outside,
}

/// Messages that only carry something, and cannot be matched on.
macro_rules! carried {
    ($($name:ident($load:ty);)*) => {$(
        #[derive(Clone, Debug, PartialEq, marketplace_core::Message, serde::Serialize, serde::Deserialize)]
        #[message(serde)]
        pub(crate) struct $name(#[message(skip)] pub(crate) $load);
    )*};
}

pub(crate) use carried;

carried! { Everything(All); }

/// Every kind of value that serde has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct All {
    pub(crate) unsigned: (u8, u16, u32, u64, u128),
    pub(crate) signed: (i8, i16, i32, i64, i128),
    pub(crate) other: (bool, char, String, ()),
    pub(crate) floats: (u32, u64, f32, f64),
    pub(crate) list: Vec<Kind>,
    pub(crate) map: BTreeMap<u8, Option<Option<i16>>>,
    pub(crate) number: Number,
    pub(crate) nothing: Nothing,
    pub(crate) array: [u16; 3],
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Unit,
    Newtype(i64),
    Tuple(u8, String),
    Struct { of: Vec<u8>, and: bool },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Number(u32);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Nothing;

pub(crate) fn saids() -> impl Strategy<Value = Said> {
    let place = prop_oneof![
        any::<(u16, u8)>().prop_map(|(number, seat)| Place::Table { number, seat }),
        any::<u8>().prop_map(Place::Bar),
        Just(Place::Outside),
    ];
    (".{0,8}", proptest::option::of(place), ".{0,40}").prop_map(|(room, place, text)| Said {
        room,
        place,
        text,
    })
}

pub(crate) fn alls() -> impl Strategy<Value = All> {
    let kind = prop_oneof![
        Just(Kind::Unit),
        any::<i64>().prop_map(Kind::Newtype),
        (any::<u8>(), ".{0,4}").prop_map(|(number, text)| Kind::Tuple(number, text)),
        (proptest::collection::vec(any::<u8>(), 0..4), any::<bool>())
            .prop_map(|(of, and)| Kind::Struct { of, and }),
    ];
    let lists = (
        proptest::collection::vec(kind, 0..4),
        proptest::collection::btree_map(any::<u8>(), any::<Option<Option<i16>>>(), 0..4),
    );
    let numbers = (any::<(u8, u16, u32, u64, u128)>(), any::<(i8, i16, i32, i64, i128)>());
    let rest =
        (any::<(bool, char)>(), ".{0,4}", any::<(u32, u64, f32, f64)>(), any::<u32>(), any::<[u16; 3]>());
    (numbers, rest, lists).prop_map(
        |((unsigned, signed), ((truth, letter), text, floats, number, array), (list, map))| All {
            unsigned,
            signed,
            other: (truth, letter, text, ()),
            floats,
            list,
            map,
            number: Number(number),
            nothing: Nothing,
            array,
        },
    )
}

/// A codec for these types.
pub(crate) fn codec(types: impl IntoIterator<Item = SharedType>, limits: CodecLimits) -> Codec {
    Codec::new(Arc::new(SharedTypes::new(types).expect("types that can be shared")), limits)
}

/// A codec for one type.
pub(crate) fn codec_of<M>(limits: CodecLimits) -> Codec
where
    M: Message<Pattern: Serialize + for<'de> Deserialize<'de>> + Serialize + for<'de> Deserialize<'de>,
{
    codec([Shared::<M>::new().named("type", 1).into()], limits)
}

pub(crate) fn message<M: Message>(message: M) -> Frame {
    Frame::Message { orientation: Orientation::Publisher, message: AnyMessage::new(message) }
}

/// The packet of one message, or the error if it cannot be sent.
pub(crate) fn sent<M: Message>(codec: &Codec, value: M) -> anyhow::Result<Vec<u8>> {
    let Packets { mut packets, unsent } =
        codec.encode(&Batch { session: 1, first: 0, frames: vec![message(value)] });
    assert_eq!(packets.len(), 1);
    match unsent.into_iter().next() {
        None => Ok(packets.remove(0)),
        Some(reason) => Err(reason.into()),
    }
}

/// The single message of a packet.
pub(crate) fn arrived<M: Message + Clone>(codec: &Codec, packet: &[u8]) -> anyhow::Result<M> {
    let batch = codec.decode(packet)?;
    match batch.frames.as_slice() {
        [Frame::Message { message, .. }] => Ok(message.downcast_ref::<M>().expect("of the type").clone()),
        frames => panic!("not one message: {frames:?}"),
    }
}

/// A packet with one message of the type that `codec_of` knows, with these bytes as its body.
pub(crate) fn forged(body: &[u8]) -> Vec<u8> {
    let mut packet = vec![1, 1, 0, 1];
    packet.extend(key("type", 1));
    packet.extend([5, 0]);
    packet.extend(postcard::to_allocvec(body).expect("bytes"));
    packet
}

/// FNV-1a, as the documentation of the format describes it.
pub(crate) fn key(name: &str, version: u32) -> [u8; 8] {
    let bytes = [name.as_bytes(), &[0], &version.to_le_bytes()].concat();
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash.to_le_bytes()
}
