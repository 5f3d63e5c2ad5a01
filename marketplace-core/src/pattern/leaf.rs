//! Leaves: parts of a message that are matched on as a whole.

use std::any::TypeId;
use std::ffi::OsString;
use std::fmt::{self, Debug};
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;

use crate::message::Message;
use crate::pattern::{Difference, Pattern, Shape};

/// The pattern of a part that is matched on as a whole: any value, or exactly one.
///
/// It is the pattern of numbers, strings, addresses and the like, and of all fields that are marked
/// `#[message(leaf)]`. It has one position.
#[derive(Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Leaf<T> {
    /// Matches every value.
    Any,
    /// Matches the values that equal this one.
    Exactly(T),
}

impl<T: Eq + Hash + Clone + Debug + Send + Sync + 'static> Pattern for Leaf<T> {
    type Value = T;

    const POSITIONS: u32 = 1;

    const CHOICES: Shape = Shape::EMPTY;

    fn any() -> Self {
        Self::Any
    }

    fn exactly(value: &T) -> Self {
        Self::Exactly(value.clone())
    }

    fn matches(&self, value: &T) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(own) => own == value,
        }
    }

    fn intersection(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Any, other) => Some(other.clone()),
            (own, Self::Any) => Some(own.clone()),
            (own, other) => (own == other).then(|| own.clone()),
        }
    }

    fn difference(&self, other: &Self) -> Option<Difference> {
        match (self, other) {
            (Self::Exactly(own), Self::Exactly(other)) if own != other => {
                Some(Difference::new(own.clone(), other.clone()))
            }
            _ => None,
        }
    }

    fn value(&self) -> Option<T> {
        match self {
            Self::Any => None,
            Self::Exactly(value) => Some(value.clone()),
        }
    }

    fn shape(&self) -> Shape {
        match self {
            Self::Any => Shape::EMPTY,
            Self::Exactly(_) => Shape::FIRST,
        }
    }

    fn positions_of(_: &T) -> Shape {
        Shape::FIRST
    }

    fn digest(&self, shape: Shape, hasher: &mut impl Hasher) {
        if let Self::Exactly(value) = self {
            Self::digest_value(value, shape, hasher);
        }
    }

    fn digest_value(value: &T, shape: Shape, hasher: &mut impl Hasher) {
        if shape.has_first() {
            value.hash(hasher);
        }
    }
}

impl<T: Debug> Debug for Leaf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("_"),
            Self::Exactly(value) => value.fmt(f),
        }
    }
}

macro_rules! leaves {
    ($($leaf:ty),* $(,)?) => {
        $(
            impl Message for $leaf {
                type Pattern = Leaf<Self>;
            }
        )*
    };
}

leaves! {
    u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize,
    NonZero<u8>, NonZero<u16>, NonZero<u32>, NonZero<u64>, NonZero<u128>, NonZero<usize>,
    NonZero<i8>, NonZero<i16>, NonZero<i32>, NonZero<i64>, NonZero<i128>, NonZero<isize>,
    bool, char, String, &'static str, Arc<str>, Box<str>, OsString, PathBuf, Bytes,
    Duration, Instant, SystemTime,
    IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6,
    TypeId,
}
