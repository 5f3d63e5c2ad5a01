//! The vocabulary of the grounds in the tests.

use std::any::type_name;

use driver_link::{Link, Shared};
use marketplace_core::Message;
use serde::{Deserialize, Serialize};

/// A line in a room.
#[derive(Clone, Debug, PartialEq, Eq, Message, Serialize, Deserialize)]
#[message(serde)]
pub(crate) struct Said {
    pub(crate) room: u32,
    pub(crate) who: u32,
    #[message(skip)]
    pub(crate) number: u32,
}

/// Another type that is shared.
#[derive(Clone, Debug, PartialEq, Eq, Message, Serialize, Deserialize)]
#[message(serde)]
pub(crate) struct Noted(pub(crate) u32);

/// A type that only some grounds share.
#[derive(Clone, Debug, PartialEq, Eq, Message, Serialize, Deserialize)]
#[message(serde)]
pub(crate) struct Secret(pub(crate) u32);

/// An error type that a ground with this type can recognise.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broken(pub(crate) u32);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "part {} is broken", self.0)
    }
}

impl std::error::Error for Broken {}

/// A type that is shared under its own name.
pub(crate) fn shared<M>() -> Shared<M>
where
    M: Message<Pattern: Serialize + for<'de> Deserialize<'de>> + Serialize + for<'de> Deserialize<'de>,
{
    Shared::new().named(type_name::<M>(), 1)
}

/// A link that shares what most tests use.
pub(crate) fn link(name: &'static str) -> Link {
    Link::new(name).share(shared::<Said>()).share(shared::<Noted>())
}

/// A line in room 1.
pub(crate) const fn said(who: u32, number: u32) -> Said {
    Said { room: 1, who, number }
}
