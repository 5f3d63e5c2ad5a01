//! Users' implementations of serde's traits that are wrong.

use std::collections::BTreeMap;
use std::fmt;

use driver_link::{Batch, CodecLimits, Frame, Packets};
use marketplace_core::{Message, Reason};
use serde::de::{Deserializer, Error as _};
use serde::ser::{SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};

use super::vocabulary::{Said, arrived, carried, codec_of, forged, sent};

carried! {
    Rude(Bomb);
    Picky(Port);
    Untold(Left);
    Flat(Flattened);
    Loose(Either);
    Miscounted(Wrong);
    Unsized(Uncounted);
}

/// Panics when it is written and when it is read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bomb;

impl Serialize for Bomb {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("it goes off as it is written")
    }
}

impl<'de> Deserialize<'de> for Bomb {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        std::panic::panic_any(Fuse)
    }
}

/// A panic payload that panics when it is dropped.
struct Fuse;

impl Drop for Fuse {
    fn drop(&mut self) {
        panic!("again");
    }
}

/// A type for which not every number is a valid value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Port(u16);

impl Serialize for Port {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            0 => Err(serde::ser::Error::custom("port 0 is none")),
            port => port.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u16::deserialize(deserializer)? {
            0 => Err(D::Error::custom(format!("port 0 is none{}", "!".repeat(10_000)))),
            port => Ok(Self(port)),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Left {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    maybe: Option<u8>,
    number: u8,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Flattened {
    #[serde(flatten)]
    rest: BTreeMap<String, u8>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Either {
    Number(u8),
    Text(String),
}

/// A list that announces two items, and has this number of them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Wrong(usize);

impl Serialize for Wrong {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(2))?;
        (0..self.0).try_for_each(|number| list.serialize_element(&number))?;
        list.end()
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Uncounted;

impl Serialize for Uncounted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_seq(None)?.end()
    }
}

/// The error of a message that cannot be sent.
fn unsent<M>(message: M) -> String
where
    M: Message<Pattern: Serialize + for<'de> Deserialize<'de>> + Serialize + for<'de> Deserialize<'de>,
{
    let error =
        sent(&codec_of::<M>(CodecLimits::default()), message).expect_err("it cannot be sent").to_string();
    assert!(error.contains(std::any::type_name::<M>()), "{error}");
    error
}

/// The error for bytes that are not a message.
fn refused<M>(body: &[u8]) -> String
where
    M: Message<Pattern: Serialize + for<'de> Deserialize<'de>>
        + Clone
        + Serialize
        + for<'de> Deserialize<'de>,
{
    let error = arrived::<M>(&codec_of::<M>(CodecLimits::default()), &forged(body)).expect_err("no message");
    assert!(error.to_string().contains(std::any::type_name::<M>()), "{error}");
    error.to_string()
}

#[test]
fn a_panic_is_an_error_of_that_message() {
    assert!(unsent(Rude(Bomb)).contains("panicked: it goes off as it is written"));
    assert!(refused::<Rude>(&[]).contains("panicked: with no text"));
}

#[test]
fn the_error_of_a_users_trait_is_shown_and_cut_if_it_is_long() {
    assert!(unsent(Picky(Port(0))).contains("port 0 is none"));
    let error = refused::<Picky>(&[0]);
    assert!(error.contains("port 0 is none!!!") && error.len() <= 1_024, "{error}");
}

#[test]
fn a_value_that_could_not_be_read_again_is_not_sent() -> anyhow::Result<()> {
    let codec = codec_of::<Untold>(CodecLimits::default());
    let whole = Untold(Left { maybe: Some(1), number: 2 });
    assert_eq!(arrived::<Untold>(&codec, &sent(&codec, whole.clone())?)?, whole);
    assert!(unsent(Untold(Left { maybe: None, number: 2 })).contains("`maybe` is left out"));
    assert!(unsent(Flat(Flattened { rest: BTreeMap::new() })).contains("is not known before"));
    assert!(unsent(Unsized(Uncounted)).contains("is not known before"));
    for number in [0, 1, 3] {
        assert!(unsent(Miscounted(Wrong(number))).contains("does not have as many items as it says"));
    }
    assert!(refused::<Loose>(&[1]).contains("a format that describes itself"));
    Ok(())
}

#[test]
fn a_reason_that_panics_as_it_is_shown_is_still_sent() {
    #[derive(Debug)]
    struct Unspeakable;

    impl fmt::Display for Unspeakable {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("no words")
        }
    }

    impl std::error::Error for Unspeakable {}

    let codec = codec_of::<Said>(CodecLimits::default());
    let frames = vec![Frame::Bye(Reason::error(Unspeakable))];
    let Packets { packets, unsent } = codec.encode(&Batch { session: 1, first: 0, frames });
    assert!(unsent.is_empty());
    let frames = codec.decode(&packets[0]).expect("a packet").frames;
    assert!(
        matches!(&frames[0], Frame::Bye(reason) if reason.to_string() == "panicked: no words"),
        "{frames:?}"
    );
}
