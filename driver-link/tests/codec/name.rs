//! The names and versions that identify types on the wire.

use std::any::TypeId;
use std::sync::Arc;

use driver_link::{Batch, Codec, CodecLimits, Frame, Hello, Packets, Shared, SharedType, SharedTypes};
use marketplace_core::Message;

use super::vocabulary::{Said, carried, codec, message};

carried! {
    Ordered(String);
    Counted(u64);
}

/// A type that is not shared.
#[derive(Debug, Message)]
struct Local;

fn said(name: &str, version: u32) -> SharedType {
    Shared::<Said>::new().named(name, version).into()
}

fn ordered(name: &str, version: u32) -> SharedType {
    Shared::<Ordered>::new().named(name, version).into()
}

fn refused(types: impl IntoIterator<Item = SharedType>) -> String {
    SharedTypes::new(types).expect_err("they cannot be shared").to_string()
}

#[test]
fn two_types_that_could_not_be_told_apart_are_refused() {
    let error = refused([said("a", 1), ordered("a", 1)]);
    assert!(
        error.contains("under one name") && error.contains("Said") && error.contains("Ordered"),
        "{error}"
    );
    assert!(refused([said("a", 1), ordered("a", 2)]).contains("under one name"));
    assert!(refused([said("a", 1), said("b", 1)]).contains("shared twice"));
    // Two texts with the same FNV-1a hash.
    let error = refused([said("8yn0iYCKYHlIj4-BwPqk", 1), ordered("GReLUrM4wMqfg9yzV3KQ", 1)]);
    assert!(error.contains("the same key") && error.contains("Said") && error.contains("Ordered"), "{error}");
}

#[test]
fn a_name_that_cannot_stand_in_a_packet_is_refused() {
    assert!(refused([said("", 1)]).contains("a name of 0 bytes"));
    assert!(refused([said(&"x".repeat(256), 1)]).contains("a name of 256 bytes"));
    assert!(SharedTypes::new([said(&"x".repeat(255), u32::MAX)]).is_ok());
}

#[test]
fn a_hello_that_repeats_a_type_reports_it_once() -> anyhow::Result<()> {
    let here = codec([said("said", 1), ordered("ordered", 2)], CodecLimits::default());
    let mut packet = vec![1, 1, 0, 0, 0, 0, 200, 1];
    for number in 0..100_u32 {
        packet.extend(postcard::to_allocvec(&[("said", number), ("ordered", number + 100)])?);
    }
    let mut frames = here.decode(&packet)?.frames;
    let Some(Frame::Hello(Hello { types, refusals, .. })) = frames.pop() else { panic!("{frames:?}") };
    assert_eq!(types, [TypeId::of::<Said>()]);
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    Ok(())
}

/// The decoded types and refusals of a hello that names all types of the sender.
fn hello(from: &Codec, types: &[TypeId], to: &Codec) -> anyhow::Result<(Vec<TypeId>, Vec<Arc<str>>)> {
    let hello = Hello { name: "kitchen".into(), types: types.into(), window: 300, refusals: Vec::new() };
    let frames = vec![Frame::Hello(hello)];
    let Packets { packets, unsent } = from.encode(&Batch { session: 1, first: 0, frames });
    assert!(unsent.is_empty());
    let mut frames = to.decode(&packets[0])?.frames;
    let Some(Frame::Hello(Hello { name, types, window, refusals })) = frames.pop() else {
        panic!("{frames:?}")
    };
    assert_eq!((&*name, window), ("kitchen", 300));
    Ok((types, refusals))
}

#[test]
fn a_hello_names_the_shared_types_and_the_receiver_knows_those_that_both_have() -> anyhow::Result<()> {
    let counted = Shared::<Counted>::new().named("counted", 7);
    let local = Shared::<Local>::new();
    let here = codec([said("said", 1), ordered("ordered", 2), local.into()], CodecLimits::default());
    let there = codec([counted.into(), ordered("ordered", 2), said("said", 3)], CodecLimits::default());
    let all = [TypeId::of::<Said>(), TypeId::of::<Ordered>(), TypeId::of::<Local>()];
    let (types, refusals) = hello(&here, &all, &there)?;
    assert_eq!(types, [TypeId::of::<Ordered>()]);
    let [refusal] = refusals.as_slice() else { panic!("{refusals:?}") };
    assert!(refusal.contains(r#""said", version 3"#) && refusal.contains("has it in version 1"), "{refusal}");
    Ok(())
}

#[test]
fn a_type_without_a_name_is_not_sent() {
    let codec = codec([Shared::<Local>::new().into()], CodecLimits::default());
    let frames = vec![message(Local), Frame::Ready];
    let Packets { packets, unsent } = codec.encode(&Batch { session: 1, first: 0, frames });
    let [why] = unsent.as_slice() else { panic!("{unsent:?}") };
    assert!(why.to_string().contains("Local is not shared under a name"), "{why}");
    let frames = codec.decode(&packets[0]).expect("a packet").frames;
    assert!(matches!(frames.as_slice(), [Frame::Void, Frame::Ready]), "{frames:?}");
}
