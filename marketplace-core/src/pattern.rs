//! Patterns: descriptions of messages with wildcards at any depth.
//!
//! A type's pattern has one normal form, so that equality, meet and counting are simple: a leaf's is
//! *any* or *exactly this*; a struct's is a struct of its fields' patterns; an enum's is *any* or one
//! variant with its fields' patterns. `#[derive(Message)]` writes them.

mod difference;
mod digest;
mod float;
mod leaf;
mod structural;

use std::fmt::{self, Debug};
use std::hash::{Hash, Hasher};

pub use difference::Difference;
pub(crate) use digest::{digest, digest_value};
pub use float::FloatLeaf;
pub use leaf::Leaf;
pub use structural::OptionPattern;

/// A description of some of the values of a type.
///
/// Implemented by `#[derive(Message)]`; a hand-written one must keep these laws, on which routing rests:
///
/// * `intersection` is commutative, associative and idempotent, and `any()` is its unit;
/// * `p.intersection(&P::exactly(v))` is something exactly when `p.matches(v)`;
/// * if `p.matches(v)`, the positions of `v` cover the shape of `p`;
/// * equal patterns, and a pattern and the values it matches, have equal digests over the positions that
///   the pattern pins down.
pub trait Pattern: Clone + Eq + Hash + Debug + Send + Sync + 'static {
    /// What the pattern describes.
    type Value: Debug + Send + Sync + 'static;

    /// How many positions the pattern has: one for each leaf and one for each choice of a variant.
    const POSITIONS: u32;

    /// The positions that are choices of a variant. What pins down the parts of one variant never meets what
    /// pins down those of another, and routing does not even look.
    const CHOICES: Shape;

    /// The pattern that matches every value.
    fn any() -> Self;

    /// The pattern that matches what is equal to `value`, in every part that is matched on.
    fn exactly(value: &Self::Value) -> Self;

    /// Whether `value` is among the values described.
    fn matches(&self, value: &Self::Value) -> bool;

    /// The pattern of the values that both describe, or `None` where there are none.
    fn intersection(&self, other: &Self) -> Option<Self>;

    /// What keeps the two apart: something exactly when [`intersection`](Self::intersection) is nothing.
    ///
    /// Unless told otherwise, that they differ as wholes.
    fn difference(&self, other: &Self) -> Option<Difference> {
        self.intersection(other).is_none().then(|| Difference::new(self.clone(), other.clone()))
    }

    /// The one value described, where the pattern pins down every part of it.
    ///
    /// `None` also where the type has a part that is never matched on.
    fn value(&self) -> Option<Self::Value>;

    /// The positions that the pattern pins down.
    fn shape(&self) -> Shape;

    /// The positions that `value` has: those of the variants that it chooses. A pattern that pins down others
    /// does not match it, and routing does not even look.
    ///
    /// All positions, unless told otherwise: that is never wrong.
    fn positions_of(value: &Self::Value) -> Shape {
        let _ = value;
        Shape::ALL
    }

    /// Feeds the parts at the positions of `shape` to `hasher`.
    ///
    /// Positions that the pattern does not pin down contribute nothing.
    fn digest(&self, shape: Shape, hasher: &mut impl Hasher);

    /// Feeds the same parts of `value` to `hasher`, so that the digests of a pattern and of a value it
    /// matches are equal over the pattern's own shape.
    fn digest_value(value: &Self::Value, shape: Shape, hasher: &mut impl Hasher);
}

/// A set of positions, those that a pattern pins down; a bit mask.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Shape(u64);

impl Shape {
    /// The most positions that a message may have.
    pub const MOST_POSITIONS: u32 = u64::BITS;

    /// The shape of a pattern that pins nothing down.
    pub const EMPTY: Self = Self(0);

    /// The shape that has every position.
    pub const ALL: Self = Self(u64::MAX);

    /// The shape that has position 0 alone.
    pub const FIRST: Self = Self(1);

    /// Whether no position is in the shape.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether position 0 is in the shape.
    #[must_use]
    pub const fn has_first(self) -> bool {
        self.0 & 1 == 1
    }

    /// The positions of both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The positions that both have.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether every position of `other` is one of this shape.
    #[must_use]
    pub const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// A part's shape as seen from the whole, in which the part's position 0 is `offset`.
    #[must_use]
    pub const fn shifted(self, offset: u32) -> Self {
        match self.0.checked_shl(offset) {
            Some(mask) => Self(mask),
            None => Self::EMPTY,
        }
    }

    /// The shape of the part whose positions are the `positions` ones from `offset` on.
    #[must_use]
    pub const fn part(self, offset: u32, positions: u32) -> Self {
        let rest = match self.0.checked_shr(offset) {
            Some(mask) => mask,
            None => 0,
        };
        match 1_u64.checked_shl(positions) {
            Some(end) => Self(rest & (end - 1)),
            None => Self(rest),
        }
    }
}

impl Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shape({:#b})", self.0)
    }
}
