//! How much memory bytes can make the reader allocate. This file has only one test, because it counts all memory of the
//! program.
#![cfg(feature = "codec")]

mod codec {
    pub(crate) mod vocabulary;
}

use std::collections::BTreeMap;
use std::fmt::Debug;

use driver_link::{Batch, Codec, CodecLimits, Frame};
use marketplace_core::{Message, Pattern};
use peak_alloc::PeakAlloc;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde::{Deserialize, Serialize};

use codec::vocabulary::{Everything, Said, alls, carried, codec_of, forged, message, saids, sent};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

carried! {
    Bushy(Bush);
    Sparse(Vec<Large>);
    Boxed(Vec<Box<Large>>);
    Listed(BTreeMap<u32, Vec<Option<Box<Large>>>>);
    Texts(Vec<String>);
    Bytes(Vec<u8>);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bush(Vec<Self>);

#[expect(clippy::large_enum_variant, reason = "this is what it is for")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Large {
    Small,
    Big([u64; 32]),
}

const LIMITS: CodecLimits =
    CodecLimits { packet: 64 * 1024, pattern: 64 * 1024, depth: 64, memory: 1024 * 1024 };

/// The limit with a margin: a growing list doubles and has its old and its new memory for a while, and a map has spare
/// room. No packet may make the reader allocate more.
const MOST: usize = 4 * LIMITS.memory;

/// Reads a packet, and returns how much additional memory was in use at most.
fn peak(codec: &Codec, packet: &[u8]) -> usize {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let _ = codec.decode(packet);
    MEMORY.peak_usage().saturating_sub(before)
}

/// The same for the bytes of a message, which are `begin` and then repetitions of `rest`.
fn peak_of<M>(begin: &[u8], rest: &[u8]) -> usize
where
    M: Message<Pattern: Pattern + Serialize + for<'de> Deserialize<'de>>
        + Serialize
        + for<'de> Deserialize<'de>,
{
    let body: Vec<u8> = begin.iter().chain(rest.iter().cycle()).copied().take(LIMITS.packet - 32).collect();
    peak(&codec_of::<M>(LIMITS), &forged(&body))
}

fn random<T: Debug>(values: impl Strategy<Value = T>, check: impl Fn(T) -> usize) {
    let config = ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() };
    let checked = TestRunner::new(config).run(&values, |value| {
        let peak = check(value);
        prop_assert!(peak <= MOST, "{peak} bytes");
        Ok(())
    });
    checked.expect("no more memory than the limit says");
}

#[test]
fn what_is_read_takes_no_more_memory_than_the_limit_says() {
    let huge = postcard::to_allocvec(&u64::MAX).unwrap();
    let many = postcard::to_allocvec(&60_000_u32).unwrap();
    let mut peaks = Vec::new();
    for begin in [&[][..], &huge, &many, &[1]] {
        // The last one is the number 65,535, repeated.
        for rest in [&[0][..], &[1], &[2], &[0xff], &[0x80], &[0x7f], &[0xff, 0xff, 3]] {
            peaks.extend([
                ("Bushy", peak_of::<Bushy>(begin, rest)),
                ("Sparse", peak_of::<Sparse>(begin, rest)),
                ("Boxed", peak_of::<Boxed>(begin, rest)),
                ("Listed", peak_of::<Listed>(begin, rest)),
                ("Texts", peak_of::<Texts>(begin, rest)),
                ("Bytes", peak_of::<Bytes>(begin, rest)),
            ]);
        }
    }
    // Frames of one byte each, and a hello with very many types.
    let frames = [&[1, 1, 0][..], &[9; 60_000]].concat();
    let hello = [&[1, 1, 0, 0, 0, 0][..], &many, &[0; 60_000]].concat();
    let said = codec_of::<Said>(LIMITS);
    peaks.extend([("Void", peak(&said, &frames)), ("Hello", peak(&said, &hello))]);
    assert!(peaks.iter().all(|(_, peak)| *peak <= MOST), "{peaks:?}");
    // The test would prove nothing if all packets were cheap.
    assert!(peaks.iter().any(|(_, peak)| *peak > LIMITS.memory / 2), "{peaks:?}");

    let everything = codec_of::<Everything>(LIMITS);
    random(proptest::collection::vec(any::<u8>(), 0..300), |bytes| {
        peak(&everything, &forged(&bytes)).max(peak(&said, &bytes))
    });
    let flips = || proptest::collection::vec(any::<(usize, u8)>(), 1..8);
    random((alls(), flips()), |(all, flips)| {
        peak(&everything, &flipped(sent(&everything, Everything(all)).unwrap(), flips))
    });
    random((proptest::collection::vec(saids(), 1..4), flips()), |(saids, flips)| {
        let frames: Vec<Frame> = saids.into_iter().map(message).collect();
        let packet = said.encode(&Batch { session: 1, first: 0, frames }).packets.remove(0);
        peak(&said, &flipped(packet, flips))
    });
}

fn flipped(mut packet: Vec<u8>, flips: Vec<(usize, u8)>) -> Vec<u8> {
    let length = packet.len();
    flips.into_iter().for_each(|(at, bits)| packet[at % length] ^= bits);
    packet
}
