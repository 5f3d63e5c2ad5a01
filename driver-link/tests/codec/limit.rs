//! A message above a limit is refused by the sender, and again by the receiver.

use driver_link::{Batch, CodecLimits, Frame, Packets};
use marketplace_core::{Role, topic};
use serde::{Deserialize, Serialize};

use super::vocabulary::{Said, arrived, carried, codec_of, forged, message, sent};

carried! {
    Bytes(Vec<u8>);
    Nested(Tree);
    Units(Vec<()>);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Tree {
    Leaf,
    Node(Box<Self>),
    Pair { left: Box<Self>, right: Box<Self> },
}

/// A tree with this number of levels.
fn tree(levels: usize) -> Tree {
    (1..levels).fold(Tree::Leaf, |tree, level| match level % 2 {
        0 => Tree::Node(Box::new(tree)),
        _ => Tree::Pair { left: Box::new(Tree::Leaf), right: Box::new(tree) },
    })
}

fn said(text: &str) -> Said {
    Said { room: "bar".into(), place: None, text: text.into() }
}

#[test]
fn what_can_be_sent_can_be_read_and_nothing_else() -> anyhow::Result<()> {
    let codec = codec_of::<Nested>(CodecLimits { depth: 20, ..CodecLimits::default() });
    // The message itself is a level too.
    let deepest = Nested(tree(19));
    assert_eq!(arrived::<Nested>(&codec, &sent(&codec, deepest.clone())?)?, deepest);
    let deeper = Nested(tree(20));
    let why = "nested more deeply than 20 levels";
    let error = sent(&codec, deeper.clone()).expect_err("too deep").to_string();
    assert!(error.contains(why) && error.contains("Nested"), "{error}");
    let error = arrived::<Nested>(&codec, &forged(&postcard::to_allocvec(&deeper)?)).expect_err("too deep");
    assert!(error.to_string().contains(why) && error.to_string().contains("Nested"), "{error}");
    Ok(())
}

#[test]
fn a_list_of_empty_values_is_as_long_where_it_is_sent_as_where_it_is_read() -> anyhow::Result<()> {
    let codec = codec_of::<Units>(CodecLimits { memory: 100 * 1024, ..CodecLimits::default() });
    let longest = Units(vec![(); 99]);
    assert_eq!(arrived::<Units>(&codec, &sent(&codec, longest.clone())?)?, longest);
    let error = sent(&codec, Units(vec![(); 101])).expect_err("too long").to_string();
    assert!(error.contains("more than 102400 bytes of memory") && error.contains("Units"), "{error}");
    Ok(())
}

#[test]
fn a_message_that_fits_into_no_packet_is_not_sent_and_the_others_are() -> anyhow::Result<()> {
    let codec = codec_of::<Bytes>(CodecLimits { packet: 1_024, ..CodecLimits::default() });
    let frames = [3, 2_000, 5, 1_012, 7].map(|length| message(Bytes(vec![7; length]))).into();
    let Packets { packets, unsent } = codec.encode(&Batch { session: 1, first: 10, frames });
    let why: Vec<String> = unsent.iter().map(ToString::to_string).collect();
    assert_eq!(why.len(), 2, "{why:?}");
    assert!(why[0].contains("Bytes") && why[0].contains("more than the 1024 bytes of a packet"), "{why:?}");
    assert!(why[1].contains("Bytes") && why[1].contains("more than the 1024 bytes of a packet"), "{why:?}");
    let mut lengths = Vec::new();
    let mut next = 10;
    for packet in packets {
        assert!(packet.len() <= 1_024);
        let batch = codec.decode(&packet)?;
        assert_eq!(batch.first, next);
        next += batch.frames.len() as u64;
        lengths.extend(batch.frames.iter().map(|frame| match frame {
            Frame::Message { message, .. } => message.downcast_ref::<Bytes>().map(|bytes| bytes.0.len()),
            _ => None,
        }));
    }
    assert_eq!(lengths, [Some(3), None, Some(5), None, Some(7)]);
    Ok(())
}

#[test]
fn a_batch_goes_in_as_many_packets_as_it_needs() -> anyhow::Result<()> {
    let codec = codec_of::<Said>(CodecLimits { packet: 200, ..CodecLimits::default() });
    let texts: Vec<String> = (0..100).map(|number| format!("{number:040}")).collect();
    let frames = texts.iter().map(|text| message(said(text))).collect();
    let Packets { packets, unsent } = codec.encode(&Batch { session: 3, first: 1, frames });
    assert!(unsent.is_empty());
    assert!(packets.iter().all(|packet| packet.len() <= 200));
    assert!(packets.len() > 25 && packets.len() < 40, "{}", packets.len());
    let mut next = 1;
    let mut came = Vec::new();
    for packet in packets {
        let batch = codec.decode(&packet)?;
        assert_eq!((batch.session, batch.first), (3, next));
        next += batch.frames.len() as u64;
        for frame in batch.frames {
            let Frame::Message { message, .. } = frame else { panic!("{frame:?}") };
            came.extend(message.downcast_ref().map(|said: &Said| said.text.clone()));
        }
    }
    assert_eq!(came, texts);
    Ok(())
}

#[test]
fn an_empty_batch_is_a_packet_too() -> anyhow::Result<()> {
    let codec = codec_of::<Said>(CodecLimits::default());
    let Packets { packets, unsent } = codec.encode(&Batch { session: 3, first: 300, frames: Vec::new() });
    assert_eq!(packets, [[1, 3, 0b1_0101100, 0b10]]);
    assert!(unsent.is_empty());
    let batch = codec.decode(&packets[0])?;
    assert_eq!((batch.session, batch.first, batch.frames.len()), (3, 300, 0));
    Ok(())
}

#[test]
fn limits_that_leave_no_room_at_all_are_an_error() {
    let codec = codec_of::<Said>(CodecLimits { packet: 2, ..CodecLimits::default() });
    let batch = Batch { session: 300, first: 300, frames: vec![message(said("hello"))] };
    let Packets { packets, unsent } = codec.encode(&batch);
    assert!(packets.is_empty());
    assert_eq!(unsent.len(), 1);
}

#[test]
fn a_packet_that_is_too_long_is_not_even_looked_at() {
    let codec = codec_of::<Said>(CodecLimits { packet: 1_000, ..CodecLimits::default() });
    let error = codec.decode(&[9; 1_001]).expect_err("too long");
    assert_eq!(error.to_string(), "a packet of 1001 bytes, and the limit is 1000");
}

#[test]
fn a_pattern_has_a_limit_of_its_own_where_it_is_sent_and_where_it_is_read() -> anyhow::Result<()> {
    let narrow = codec_of::<Said>(CodecLimits { pattern: 100, ..CodecLimits::default() });
    let wide = codec_of::<Said>(CodecLimits::default());
    let endpoint = |room: usize| {
        let role = Role::publisher(topic!(Said { room: "r".repeat(room), .. }));
        Batch { session: 1, first: 0, frames: vec![Frame::Add { id: 1, role }] }
    };
    let Packets { packets, unsent } = narrow.encode(&endpoint(90));
    assert!(unsent.is_empty());
    assert_eq!(narrow.decode(&packets[0])?.frames.len(), 1);
    let why = "it has 104 bytes, and the limit for a pattern is 100";
    let Packets { packets, unsent } = narrow.encode(&endpoint(101));
    assert!(matches!(narrow.decode(&packets[0])?.frames[..], [Frame::Void]));
    assert!(unsent[0].to_string().contains(why), "{:?}", unsent[0]);
    let error = narrow.decode(&wide.encode(&endpoint(101)).packets[0]).expect_err("too long").to_string();
    assert!(error.contains(why) && error.contains("Said"), "{error}");
    Ok(())
}
