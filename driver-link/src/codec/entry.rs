//! The entries of a packet.

use std::borrow::Cow;

use marketplace_core::{Interest, Orientation};
use serde::{Deserialize, Serialize, Serializer};

use super::wire::Key;

/// An entry. The order of the variants and of their fields is the format.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Entry<'a> {
    Hello {
        #[serde(borrow)]
        name: Cow<'a, str>,
        window: u32,
        /// The names and versions of the types that the sender shares.
        #[serde(borrow)]
        types: Vec<(Cow<'a, str>, u32)>,
    },
    /// The type of the patterns and messages that follow.
    Type(Key),
    Add {
        id: u64,
        #[serde(with = "Side")]
        orientation: Orientation,
        #[serde(with = "Stake")]
        interest: Interest,
        #[serde(serialize_with = "as_bytes")]
        pattern: &'a [u8],
    },
    Remove {
        id: u64,
        #[serde(borrow)]
        error: Option<Cow<'a, str>>,
    },
    Ready,
    Message {
        #[serde(with = "Side")]
        orientation: Orientation,
        #[serde(serialize_with = "as_bytes")]
        message: &'a [u8],
    },
    Taken(u64),
    Sync,
    Bye {
        #[serde(borrow)]
        error: Option<Cow<'a, str>>,
    },
    Void,
}

/// The encoding of an orientation.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Orientation")]
enum Side {
    Publisher,
    Subscriber,
}

/// The encoding of an interest.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Interest")]
enum Stake {
    Participant,
    Observer,
    Everything,
}

/// Writes all bytes at once. Serde would write a slice byte by byte.
fn as_bytes<S: Serializer>(bytes: &&[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}
