//! Bytes from a hostile peer.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::time::{Duration, Instant};

use driver_link::CodecLimits;
use proptest::prelude::*;
use serde::de::Deserializer;
use serde::{Deserialize, Serialize};

use super::vocabulary::{Everything, Said, alls, arrived, carried, codec_of, forged, message, saids, sent};
use driver_link::{Batch, Codec, Frame};
use marketplace_core::{Message, Reason, Role, topic};

carried! {
    Branch(Tree);
    Chained(Chain);
    Bushy(Bush);
    Heavy(Weight);
    Units(Vec<()>);
    UnitMap(BTreeMap<(), ()>);
    Unread(Vec<Mute>);
    Sparse(Vec<Large>);
    Boxed(Vec<Box<Large>>);
    Strings(Vec<String>);
    Numbers(HashSet<u64>);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Tree {
    Leaf,
    Node(Box<Self>),
}

/// Recursive types. In self-describing formats they need no bytes at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Chain(Option<Box<Self>>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bush(Vec<Self>);

/// A link of a chain, which takes much of the stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Weight {
    next: Option<Box<Self>>,
    load: [[[u64; 32]; 32]; 4],
}

/// A value for which no bytes are read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mute([u64; 128]);

impl Serialize for Mute {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de> Deserialize<'de> for Mute {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self([0; 128]))
    }
}

/// A value that can be one byte when encoded and takes much memory when decoded.
#[expect(clippy::large_enum_variant, reason = "this is what it is for")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Large {
    Small,
    Big([u64; 32], [u64; 32], [u64; 32], [u64; 32]),
}

const MIB: usize = 1 << 20;

/// The error for bytes that are not a message of this type.
fn refused<M>(body: &[u8]) -> String
where
    M: Message<Pattern: Serialize + for<'de> Deserialize<'de>>
        + Clone
        + Serialize
        + for<'de> Deserialize<'de>,
{
    let begun = Instant::now();
    let error = arrived::<M>(&codec_of::<M>(CodecLimits::default()), &forged(body)).expect_err("no message");
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(5), "it took {took:?} to find that {error}");
    assert!(error.to_string().contains(std::any::type_name::<M>()), "{error}");
    error.to_string()
}

fn says(error: &str, what: &str) {
    assert!(error.contains(what), "{error}");
}

/// As many bytes as nearly fill a packet.
fn ones() -> Vec<u8> {
    vec![1; MIB - 64]
}

#[test]
fn a_type_that_contains_itself_does_not_overflow_the_stack() {
    let depth = "nested more deeply than 64 levels";
    says(&refused::<Branch>(&ones()), depth);
    says(&refused::<Chained>(&ones()), depth);
    says(&refused::<Bushy>(&ones()), depth);
    says(&refused::<Heavy>(&ones()), depth);
}

#[test]
fn a_list_of_empty_values_is_limited() {
    let endless = postcard::to_allocvec(&u64::MAX).expect("bytes");
    let memory = "take more than 67108864 bytes of memory";
    says(&refused::<Units>(&endless), memory);
    says(&refused::<UnitMap>(&endless), memory);
    says(&refused::<Unread>(&endless), memory);
}

#[test]
fn a_few_bytes_do_not_become_much_memory() {
    let mut small = postcard::to_allocvec(&(MIB - 128)).expect("bytes");
    small.resize(MIB - 64, 0);
    let memory = "take more than 67108864 bytes of memory";
    says(&refused::<Sparse>(&small), memory);
    says(&refused::<Boxed>(&small), memory);
}

#[test]
fn a_length_beyond_the_end_is_an_error() {
    let end = "the bytes end before the value";
    let long = postcard::to_allocvec(&u64::MAX).expect("bytes");
    says(&refused::<Strings>(&[&[1][..], &long].concat()), end);
    says(&refused::<Strings>(&long), end);
    says(&refused::<Numbers>(&long), end);
}

#[test]
fn bytes_that_are_left_over_are_refused() {
    says(&refused::<Units>(&[0, 0]), "1 bytes are left over");
    says(&refused::<Strings>(&[1, 1, b'x', 0, 0]), "2 bytes are left over");
}

#[test]
fn bytes_that_are_no_value_of_the_type_are_refused() {
    says(&refused::<Branch>(&[2]), "variant index");
    says(&refused::<Chained>(&[2]), "2 is neither something nor nothing");
    says(&refused::<Strings>(&[1, 1, 0xff]), "utf-8");
}

/// A batch with one frame of each kind.
fn batch(saids: Vec<Said>) -> Batch {
    let error = Reason::error(anyhow::anyhow!("it is closed").context("the bar has gone"));
    let mut frames = vec![
        Frame::Add { id: 1, role: Role::publisher(topic!(Said { room: "bar".into(), .. })) },
        Frame::Remove { id: u64::MAX, reason: error.clone() },
        Frame::Remove { id: 0, reason: Reason::normal() },
        Frame::Ready,
        Frame::Taken(4_096),
        Frame::Sync,
        Frame::Void,
        Frame::Bye(error),
    ];
    frames.extend(saids.into_iter().map(message));
    Batch { session: 7, first: 1 << 40, frames }
}

fn packets(saids: Vec<Said>) -> (Codec, Vec<u8>) {
    let codec = codec_of::<Said>(CodecLimits::default());
    let packet = codec.encode(&batch(saids)).packets.remove(0);
    (codec, packet)
}

struct Shown<'a>(&'a Batch);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Batch { session, first, frames } = self.0;
        write!(f, "{session} {first} {frames:#?}")
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_batch_arrives_as_it_was_sent(saids in proptest::collection::vec(saids(), 0..4)) {
        let (codec, packet) = packets(saids.clone());
        let arrived = codec.decode(&packet).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(Shown(&arrived).to_string(), Shown(&batch(saids)).to_string());
    }

    #[test]
    fn any_bytes_are_a_batch_or_an_error(mut bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let codec = codec_of::<Said>(CodecLimits::default());
        let _ = codec.decode(&bytes);
        bytes.splice(0..0, forged(&[])[..12].iter().copied());
        let _ = codec.decode(&bytes);
        let _ = arrived::<Everything>(&codec_of::<Everything>(CodecLimits::default()), &forged(&bytes));
    }

    #[test]
    fn a_packet_that_is_cut_short_is_shorter_or_an_error(saids in proptest::collection::vec(saids(), 0..4), at: usize) {
        let (codec, packet) = packets(saids.clone());
        if let Ok(arrived) = codec.decode(&packet[..at % packet.len()]) {
            let Batch { session, first, mut frames } = batch(saids);
            prop_assert!(arrived.frames.len() < frames.len());
            frames.truncate(arrived.frames.len());
            prop_assert_eq!(Shown(&arrived).to_string(), Shown(&Batch { session, first, frames }).to_string());
        }
    }

    #[test]
    fn a_packet_with_other_bits_is_a_batch_or_an_error(
        saids in proptest::collection::vec(saids(), 0..4),
        flips in proptest::collection::vec(any::<(usize, u8)>(), 1..8),
    ) {
        let (codec, mut packet) = packets(saids);
        let length = packet.len();
        flips.into_iter().for_each(|(at, bits)| packet[at % length] ^= bits);
        let _ = codec.decode(&packet);
    }

    #[test]
    fn a_value_with_other_bits_is_a_value_or_an_error(
        all in alls(),
        flips in proptest::collection::vec(any::<(usize, u8)>(), 1..8),
    ) {
        let codec = codec_of::<Everything>(CodecLimits::default());
        let mut packet = sent(&codec, Everything(all)).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let length = packet.len();
        flips.into_iter().for_each(|(at, bits)| packet[at % length] ^= bits);
        let _ = codec.decode(&packet);
    }
}
