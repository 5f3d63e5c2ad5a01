//! What stands in a packet, entry by entry.

use std::borrow::Cow;

use marketplace_core::{Interest, Orientation};
use serde::{Deserialize, Serialize, Serializer};

use super::wire::Key;

/// An entry. Their order, and that of their parts, is the format.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Entry<'a> {
    Hello {
        #[serde(borrow)]
        name: Cow<'a, str>,
        window: u32,
        /// The names and versions of the types that travel.
        #[serde(borrow)]
        types: Vec<(Cow<'a, str>, u32)>,
    },
    /// Of which type the patterns and messages are that come next.
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

/// What stands for an orientation.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Orientation")]
enum Side {
    Publisher,
    Subscriber,
}

/// What stands for an interest.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Interest")]
enum Stake {
    Participant,
    Observer,
    Everything,
}

/// All at once, where serde would go byte by byte.
fn as_bytes<S: Serializer>(bytes: &&[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}
