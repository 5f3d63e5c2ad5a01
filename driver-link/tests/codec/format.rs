//! Messages and patterns are encoded in postcard's format, which is documented elsewhere.

use std::any::TypeId;

use driver_link::{Batch, CodecLimits, Frame, Hello, Packets};
use marketplace_core::{AnyMessage, Interest, Orientation, Pattern, Reason, Role, topic};
use proptest::prelude::*;

use super::vocabulary::{
    All, Everything, Place, Said, SaidPattern, alls, arrived, codec_of, forged, saids, sent,
};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_message_has_the_bytes_that_postcard_makes(all in alls()) {
        let codec = codec_of::<Everything>(CodecLimits::default());
        let bytes = postcard::to_allocvec(&all)?;
        let packet = sent(&codec, Everything(all.clone())).map_err(failed)?;
        prop_assert_eq!(&packet, &forged(&bytes));
        let arrived: Everything = arrived(&codec, &packet).map_err(failed)?;
        prop_assert_eq!(postcard::to_allocvec(&arrived)?, bytes);
    }

    #[test]
    fn other_bytes_are_read_as_postcard_reads_them(all in alls(), at: usize, other: u8, cut: usize) {
        let codec = codec_of::<Everything>(CodecLimits::default());
        let mut bytes = postcard::to_allocvec(&all)?;
        let length = bytes.len();
        bytes[at % length] = other;
        bytes.truncate(length - cut % 4);
        let theirs = postcard::take_from_bytes::<All>(&bytes).ok().filter(|(_, rest)| rest.is_empty());
        let ours = arrived::<Everything>(&codec, &forged(&bytes)).ok();
        let again = |all: &All| postcard::to_allocvec(all).ok();
        prop_assert_eq!(
            ours.map(|carried| again(&carried.0)),
            theirs.map(|(all, _)| again(&all)),
        );
    }

    #[test]
    fn a_pattern_has_the_bytes_that_postcard_makes(said in saids(), with_place: bool) {
        let codec = codec_of::<Said>(CodecLimits::default());
        let mut pattern = SaidPattern::exactly(&said);
        if !with_place {
            pattern.place = Pattern::any();
        }
        let bytes = postcard::to_allocvec(&pattern)?;
        let role = Role::subscriber(pattern);
        let frames = vec![Frame::Add { id: 0, role: role.clone() }];
        let Packets { packets, .. } = codec.encode(&Batch { session: 1, first: 0, frames });
        prop_assert!(packets[0].ends_with(&bytes));
        let batch = codec.decode(&packets[0]).map_err(failed)?;
        match batch.frames.as_slice() {
            [Frame::Add { id: 0, role: arrived }] => prop_assert_eq!(arrived, &role),
            frames => prop_assert!(false, "{frames:?}"),
        }
    }
}

#[test]
fn the_bytes_of_a_packet_do_not_change() -> anyhow::Result<()> {
    let codec = codec_of::<Said>(CodecLimits::default());
    let said =
        Said { room: "bar".into(), place: Some(Place::Table { number: 300, seat: 2 }), text: "ü".into() };
    let packet = [
        1,
        1,
        0, // protocol, session, number
        1,
        0xd6,
        0x4a,
        0x42,
        0x8b,
        0xe4,
        0x0b,
        0xf5,
        0x30, // the type
        5,
        0,
        12, // a publisher's message of so many bytes
        3,
        b'b',
        b'a',
        b'r', // the room
        1,
        0,
        0b1010_1100,
        0b10,
        2, // some place: a table, its number and the seat
        2,
        0xc3,
        0xbc, // the text
    ];
    assert_eq!(sent(&codec, said.clone())?, packet);
    assert_eq!(arrived::<Said>(&codec, &packet)?, said);
    let topic = topic!(Said { place: Some(Place::Table { seat: 2, .. }), .. });
    let frames = vec![Frame::Add { id: 1, role: Role::publisher(topic) }];
    let Packets { packets, .. } = codec.encode(&Batch { session: 1, first: 0, frames });
    let pattern = [0, 2, 1, 0, 1, 2]; // any room; some place: a table of any number, the seat exactly 2
    assert_eq!(packets[0], [&packet[..12], &[2, 1, 0, 0, 6], &pattern].concat());
    Ok(())
}

#[test]
fn each_frame_has_a_number() -> anyhow::Result<()> {
    let codec = codec_of::<Said>(CodecLimits::default());
    let hello =
        Hello { name: "k".into(), types: vec![TypeId::of::<Said>()], window: 300, refusals: Vec::new() };
    let error = || Reason::error(anyhow::anyhow!("ü"));
    let feedback = AnyMessage::new(Said { room: String::new(), place: None, text: String::new() });
    let watcher = Role::subscriber(SaidPattern::any()).with_interest(Interest::Everything);
    let frames = vec![
        Frame::Hello(hello),
        Frame::Add { id: 300, role: watcher },
        Frame::Remove { id: 1, reason: Reason::normal() },
        Frame::Remove { id: 1, reason: error() },
        Frame::Ready,
        Frame::Message { orientation: Orientation::Subscriber, message: feedback },
        Frame::Taken(300),
        Frame::Sync,
        Frame::Bye(error()),
        Frame::Void,
    ];
    let Packets { packets, .. } = codec.encode(&Batch { session: 0, first: 0, frames });
    let entries: &[&[u8]] = &[
        &[1, 0, 0],
        &[0, 1, b'k', 0b1010_1100, 0b10, 1, 4, b't', b'y', b'p', b'e', 1],
        &[1, 0xd6, 0x4a, 0x42, 0x8b, 0xe4, 0x0b, 0xf5, 0x30],
        &[2, 0b1010_1100, 0b10, 1, 2, 2, 0, 0],
        &[3, 1, 0],
        &[3, 1, 1, 2, 0xc3, 0xbc],
        &[4],
        &[5, 1, 3, 0, 0, 0],
        &[6, 0b1010_1100, 0b10],
        &[7],
        &[8, 1, 2, 0xc3, 0xbc],
        &[9],
    ];
    assert_eq!(packets, [entries.concat()]);
    Ok(())
}

fn failed(error: anyhow::Error) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}
