//! Bytes that are not a packet.

use driver_link::{Batch, CodecLimits, Frame, Packets};
use marketplace_core::Reason;

use super::vocabulary::{Said, arrived, codec_of, forged, key, sent};

fn refused(packet: &[u8]) -> String {
    codec_of::<Said>(CodecLimits::default()).decode(packet).expect_err("no packet").to_string()
}

#[test]
fn a_packet_of_another_protocol_is_refused_with_both_numbers() {
    for version in [0, 2, 255] {
        let why = format!("a packet of protocol {version}: this program uses protocol 1");
        assert_eq!(refused(&[version, 1, 0]), why);
    }
    assert_eq!(refused(&[]), "an empty packet");
}

#[test]
fn an_entry_of_an_unknown_type_or_of_none_is_refused() {
    let key = [&[1, 1, 0, 1], &key("type", 2)[..]].concat();
    let hash = u64::from_le_bytes(super::vocabulary::key("type", 2));
    assert!(refused(&key).contains(&format!("{hash:016x}, which this program does not share")));
    assert_eq!(refused(&[1, 1, 0, 5, 0, 0]), "a pattern or a message without a type");
    assert_eq!(refused(&[1, 1, 0, 2, 0, 0, 0, 0]), "a pattern or a message without a type");
}

#[test]
fn an_unknown_kind_of_entry_is_refused() {
    assert!(refused(&[1, 1, 0, 10]).contains("variant index"));
    assert!(refused(&[1, 1, 0, 4, 200]).contains("bytes end"));
    assert!(refused(&[1, 1]).contains("bytes end"));
    let overlong = [&[1][..], &[0xff; 10]].concat();
    assert!(refused(&overlong).contains("more than 64 bits"));
}

#[test]
fn a_type_holds_until_the_end_of_its_packet() -> anyhow::Result<()> {
    let codec = codec_of::<Said>(CodecLimits::default());
    let said = Said { room: "bar".into(), place: None, text: String::new() };
    let packet = sent(&codec, said.clone())?;
    assert_eq!(arrived::<Said>(&codec, &packet)?, said);
    // The second message of the packet does not repeat the type.
    let two = [&packet[..], &packet[12..]].concat();
    assert_eq!(codec.decode(&two)?.frames.len(), 2);
    // The next packet does.
    let next = [&packet[..3], &packet[12..]].concat();
    assert_eq!(refused(&next), "a pattern or a message without a type");
    assert_eq!(packet, forged(&[3, b'b', b'a', b'r', 0, 0]));
    Ok(())
}

#[test]
fn the_text_of_a_reason_is_sent_with_its_causes_and_is_cut_if_it_is_long() -> anyhow::Result<()> {
    let codec = codec_of::<Said>(CodecLimits::default());
    let error = anyhow::anyhow!("it is closed").context("the bar has gone");
    let long = anyhow::anyhow!("x".repeat(10_000));
    let reasons = [Reason::normal(), Reason::error(error), Reason::error(long)];
    let frames = reasons.map(|reason| Frame::Remove { id: 1, reason }).into();
    let Packets { packets, .. } = codec.encode(&Batch { session: 1, first: 0, frames });
    let came: Vec<Option<String>> = codec
        .decode(&packets[0])?
        .frames
        .iter()
        .map(|frame| match frame {
            Frame::Remove { reason, .. } => reason.as_error().map(ToString::to_string),
            _ => panic!("{frame:?}"),
        })
        .collect();
    assert_eq!(came[0], None);
    assert_eq!(came[1].as_deref(), Some("the bar has gone: it is closed"));
    let cut = came[2].as_deref().unwrap_or_default();
    assert!(cut.len() <= 1_024 && cut.starts_with("xxx") && cut.ends_with('…'), "{cut}");
    Ok(())
}
