//! Patterns: descriptions of messages, with wildcards at any depth.
//!
//! A type's pattern has one normal form, so that equality, intersection and counting are simple. The pattern of a
//! leaf is *any* or *exactly this*. The pattern of a struct is a struct of its fields' patterns. The pattern of an
//! enum is *any* or one variant with its fields' patterns. `#[derive(Message)]` writes them.

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
/// `#[derive(Message)]` writes a pattern type for each message type, and [`topic!`](crate::topic) makes values of it.
/// You need the trait's methods to read the parts of a conversation, and to compare patterns:
///
/// ```
/// use marketplace_core::{Message, Pattern, topic};
///
/// #[derive(Debug, Message)]
/// struct Said {
///     room: &'static str,
///     number: u32,
/// }
///
/// let in_lobby = topic!(Said { room: "lobby", .. });
/// let first = topic!(Said { number: 1, .. });
/// assert_eq!(in_lobby.room.value(), Some("lobby"));
/// assert_eq!(in_lobby.number.value(), None);
/// assert_eq!(in_lobby.intersection(&first), Some(topic!(Said { room: "lobby", number: 1 })));
/// assert_eq!(in_lobby.intersection(&topic!(Said { room: "attic", .. })), None);
/// ```
///
/// An implementation that is written by hand must keep these laws, because routing depends on them:
///
/// * `intersection` is commutative, associative and idempotent, and `any()` is its neutral element.
/// * `p.intersection(&P::exactly(v))` is `Some` exactly when `p.matches(v)`.
/// * If `p.matches(v)`, the positions of `v` cover the shape of `p`.
/// * Two equal patterns have equal digests over the positions that they pin down. The same holds for a pattern and
///   each value that it matches.
pub trait Pattern: Clone + Eq + Hash + Debug + Send + Sync + 'static {
    /// The type of the values that the pattern describes.
    type Value: Debug + Send + Sync + 'static;

    /// How many positions the pattern has: one for each leaf, and one for each choice of a variant.
    const POSITIONS: u32;

    /// The positions that are choices of a variant. A pattern that pins down parts of one variant never intersects
    /// one that pins down parts of another variant, so routing skips such pairs.
    const CHOICES: Shape;

    /// The pattern that matches every value.
    fn any() -> Self;

    /// The pattern that matches the values that equal `value` in every part that is matched on.
    fn exactly(value: &Self::Value) -> Self;

    /// Whether the pattern matches `value`.
    fn matches(&self, value: &Self::Value) -> bool;

    /// The pattern that matches the values that both patterns match. `None` if there are no such values.
    fn intersection(&self, other: &Self) -> Option<Self>;

    /// The first part in which the two patterns differ. It is `Some` exactly when
    /// [`intersection`](Self::intersection) is `None`.
    ///
    /// The default implementation reports that they differ as wholes.
    fn difference(&self, other: &Self) -> Option<Difference> {
        self.intersection(other).is_none().then(|| Difference::new(self.clone(), other.clone()))
    }

    /// The one value that the pattern matches, if the pattern pins down every part of it.
    ///
    /// It is `None` for types that have a part that is never matched on (`#[message(skip)]`).
    fn value(&self) -> Option<Self::Value>;

    /// The positions that the pattern pins down.
    fn shape(&self) -> Shape;

    /// The positions that `value` has, which depend on the variants that it chooses. A pattern that pins down other
    /// positions does not match the value, so routing skips it.
    ///
    /// The default implementation returns all positions, which is always correct.
    fn positions_of(value: &Self::Value) -> Shape {
        let _ = value;
        Shape::ALL
    }

    /// Feeds the parts at the positions of `shape` to `hasher`.
    ///
    /// Positions that the pattern does not pin down contribute nothing.
    fn digest(&self, shape: Shape, hasher: &mut impl Hasher);

    /// Feeds the parts of `value` at the positions of `shape` to `hasher`. The digest of a value must equal the
    /// digest of each pattern that matches it, over the shape of that pattern.
    fn digest_value(value: &Self::Value, shape: Shape, hasher: &mut impl Hasher);
}

/// A set of positions, as a bit mask: those that a pattern pins down. You need it only to implement [`Pattern`] by
/// hand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Shape(u64);

impl Shape {
    /// The largest number of positions that a message may have.
    pub const MOST_POSITIONS: u32 = u64::BITS;

    /// The shape of a pattern that pins down nothing.
    pub const EMPTY: Self = Self(0);

    /// The shape with every position.
    pub const ALL: Self = Self(u64::MAX);

    /// The shape with position 0 alone.
    pub const FIRST: Self = Self(1);

    /// Whether the shape has no position.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the shape has position 0.
    #[must_use]
    pub const fn has_first(self) -> bool {
        self.0 & 1 == 1
    }

    /// The positions that are in one of the shapes or in both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The positions that are in both shapes.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether every position of `other` is in this shape.
    #[must_use]
    pub const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// A part's shape as positions of the whole, if position 0 of the part is position `offset` of the whole.
    #[must_use]
    pub const fn shifted(self, offset: u32) -> Self {
        match self.0.checked_shl(offset) {
            Some(mask) => Self(mask),
            None => Self::EMPTY,
        }
    }

    /// The opposite of [`shifted`](Self::shifted): the shape of the part that has `positions` positions and begins at
    /// `offset`.
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
