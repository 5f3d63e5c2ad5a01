//! Leaves for floating-point numbers, which have no `Eq`.

use std::fmt::{self, Debug};
use std::hash::{Hash, Hasher};

use super::leaf::Leaf;
use crate::message::Message;
use crate::pattern::{Pattern, Shape};

/// The pattern of a floating-point number, which is compared by its bits.
///
/// So `0.0` and `-0.0` differ, and a NaN equals a NaN with the same payload. Unlike `==`, this is an equivalence
/// relation, which patterns need. It has one position.
#[derive(Clone, Copy)]
pub enum FloatLeaf<F> {
    /// Matches every number.
    Any,
    /// Matches the number that has the same bits as this one.
    Exactly(F),
}

/// What `f32` and `f64` have in common. It is public only because the compiler requires that. It cannot be named
/// outside this crate.
pub trait Float: Copy + Debug + Send + Sync + 'static {
    /// The number's bits.
    fn bits(self) -> u64;

    /// The number with these bits. `None` if there are too many bits for the type.
    #[cfg(feature = "serde")]
    fn of_bits(bits: u64) -> Option<Self>;
}

impl Float for f32 {
    fn bits(self) -> u64 {
        self.to_bits().into()
    }

    #[cfg(feature = "serde")]
    fn of_bits(bits: u64) -> Option<Self> {
        u32::try_from(bits).ok().map(Self::from_bits)
    }
}

impl Float for f64 {
    fn bits(self) -> u64 {
        self.to_bits()
    }

    #[cfg(feature = "serde")]
    fn of_bits(bits: u64) -> Option<Self> {
        Some(Self::from_bits(bits))
    }
}

impl Message for f32 {
    type Pattern = FloatLeaf<Self>;
}

impl Message for f64 {
    type Pattern = FloatLeaf<Self>;
}

impl<F: Float> FloatLeaf<F> {
    /// The equivalent pattern of the number's bits.
    fn bits(self) -> Leaf<u64> {
        match self {
            Self::Any => Leaf::Any,
            Self::Exactly(number) => Leaf::Exactly(number.bits()),
        }
    }
}

impl<F: Float> Pattern for FloatLeaf<F> {
    type Value = F;

    const POSITIONS: u32 = Leaf::<u64>::POSITIONS;

    const CHOICES: Shape = Leaf::<u64>::CHOICES;

    fn any() -> Self {
        Self::Any
    }

    fn exactly(value: &F) -> Self {
        Self::Exactly(*value)
    }

    fn matches(&self, value: &F) -> bool {
        self.bits().matches(&value.bits())
    }

    fn intersection(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Any, both) | (both, Self::Any) => Some(*both),
            (own, other) => (own == other).then_some(*own),
        }
    }

    fn value(&self) -> Option<F> {
        match *self {
            Self::Any => None,
            Self::Exactly(value) => Some(value),
        }
    }

    fn shape(&self) -> Shape {
        self.bits().shape()
    }

    fn positions_of(_: &F) -> Shape {
        Shape::FIRST
    }

    fn digest(&self, shape: Shape, hasher: &mut impl Hasher) {
        self.bits().digest(shape, hasher);
    }

    fn digest_value(value: &F, shape: Shape, hasher: &mut impl Hasher) {
        Leaf::digest_value(&value.bits(), shape, hasher);
    }
}

impl<F: Float> PartialEq for FloatLeaf<F> {
    fn eq(&self, other: &Self) -> bool {
        self.bits() == other.bits()
    }
}

impl<F: Float> Eq for FloatLeaf<F> {}

impl<F: Float> Hash for FloatLeaf<F> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.bits().hash(hasher);
    }
}

impl<F: Debug> Debug for FloatLeaf<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("_"),
            Self::Exactly(number) => number.fmt(f),
        }
    }
}

/// Serialized as bits, so that a pattern stays equal to itself in every format. JSON, for example, has no NaN.
#[cfg(feature = "serde")]
mod serial {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use super::{Float, FloatLeaf, Leaf};

    impl<F: Float> Serialize for FloatLeaf<F> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.bits().serialize(serializer)
        }
    }

    impl<'de, F: Float> Deserialize<'de> for FloatLeaf<F> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            match Leaf::deserialize(deserializer)? {
                Leaf::Any => Ok(Self::Any),
                Leaf::Exactly(bits) => {
                    let number = F::of_bits(bits);
                    number
                        .map(Self::Exactly)
                        .ok_or_else(|| D::Error::custom("the number has too many bits for its type"))
                }
            }
        }
    }
}
