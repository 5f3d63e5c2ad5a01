//! Patterns of types of the standard library: tuples, [`Option`], and types with a single value.

use std::fmt::{self, Debug};
use std::hash::Hasher;
use std::marker::PhantomData;

use crate::macros::{difference, digest, digest_value, positions_of, shape, starts};
use crate::message::Message;
use crate::pattern::{Difference, Pattern, Shape};

/// The pattern of an [`Option`]: any option, `None`, or `Some` with a pattern of its value.
///
/// Position 0 is the choice between `None` and `Some`. The others are the positions of `P`.
#[derive(Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum OptionPattern<P> {
    /// Matches every option.
    Any,
    /// Matches `None`.
    None,
    /// Matches `Some` whose value matches this pattern.
    Some(P),
}

/// Checks the positions at which parts start. The last of them is the number of positions.
const fn checked<const N: usize>(starts: [u32; N]) -> [u32; N] {
    assert!(
        starts[N - 1] <= Shape::MOST_POSITIONS,
        "a tuple or an option has more than 64 positions to match on"
    );
    starts
}

impl<T: Message> Message for Option<T> {
    type Pattern = OptionPattern<T::Pattern>;
}

impl<P: Pattern> Pattern for OptionPattern<P> {
    type Value = Option<P::Value>;

    const POSITIONS: u32 = Self::STARTS[1];

    const CHOICES: Shape = Shape::FIRST.union(P::CHOICES.shifted(Self::STARTS[0]));

    fn any() -> Self {
        Self::Any
    }

    fn exactly(value: &Self::Value) -> Self {
        match value {
            None => Self::None,
            Some(inner) => Self::Some(P::exactly(inner)),
        }
    }

    fn matches(&self, value: &Self::Value) -> bool {
        match (self, value) {
            (Self::Any, _) | (Self::None, None) => true,
            (Self::Some(own), Some(inner)) => own.matches(inner),
            _ => false,
        }
    }

    fn intersection(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Any, other) => Some(other.clone()),
            (own, Self::Any) => Some(own.clone()),
            (Self::None, Self::None) => Some(Self::None),
            (Self::Some(own), Self::Some(other)) => own.intersection(other).map(Self::Some),
            _ => None,
        }
    }

    /// The value in a `Some` is not a field, so it adds no name to the difference.
    fn difference(&self, other: &Self) -> Option<Difference> {
        match (self, other) {
            (Self::Any, _) | (_, Self::Any) | (Self::None, Self::None) => None,
            (Self::Some(own), Self::Some(other)) => own.difference(other),
            (Self::None, Self::Some(_)) => Some(Difference::of_choices("None", "Some")),
            (Self::Some(_), Self::None) => Some(Difference::of_choices("Some", "None")),
        }
    }

    fn value(&self) -> Option<Self::Value> {
        match self {
            Self::Any => None,
            Self::None => Some(None),
            Self::Some(own) => own.value().map(Some),
        }
    }

    fn shape(&self) -> Shape {
        match self {
            Self::Any => Shape::EMPTY,
            Self::None => Shape::FIRST,
            Self::Some(own) => Shape::FIRST.union(shape(own, Self::STARTS[0])),
        }
    }

    fn positions_of(value: &Self::Value) -> Shape {
        let part = value.as_ref().map(|inner| positions_of::<P>(inner, Self::STARTS[0]));
        Shape::FIRST.union(part.unwrap_or_default())
    }

    fn digest(&self, shape: Shape, hasher: &mut impl Hasher) {
        match self {
            Self::Any => {}
            Self::None => digest_choice(0, shape, hasher),
            Self::Some(own) => {
                digest_choice(1, shape, hasher);
                digest(own, Self::STARTS[0], shape, hasher);
            }
        }
    }

    fn digest_value(value: &Self::Value, shape: Shape, hasher: &mut impl Hasher) {
        match value {
            None => digest_choice(0, shape, hasher),
            Some(inner) => {
                digest_choice(1, shape, hasher);
                digest_value::<P>(inner, Self::STARTS[0], shape, hasher);
            }
        }
    }
}

fn digest_choice(variant: u32, shape: Shape, hasher: &mut impl Hasher) {
    if shape.has_first() {
        hasher.write_u32(variant);
    }
}

impl<P: Debug> Debug for OptionPattern<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("_"),
            Self::None => f.write_str("None"),
            Self::Some(own) => f.debug_tuple("Some").field(own).finish(),
        }
    }
}

impl<P: Pattern> OptionPattern<P> {
    /// The position at which the value of a `Some` starts, after the choice, and the number of all positions.
    const STARTS: [u32; 2] = checked(starts([1, P::POSITIONS]));
}

/// What `topic!(… Some(part) …)` calls: the same methods as the derive writes for other enums.
impl<P: Pattern> OptionPattern<P> {
    #[doc(hidden)]
    #[allow(non_snake_case)]
    #[must_use]
    pub fn __topic_Some(&self) -> (P,) {
        (P::any(),)
    }

    #[doc(hidden)]
    #[allow(non_snake_case)]
    #[must_use]
    pub fn __pinned_Some(self, (own,): (P,)) -> Self {
        Self::Some(own)
    }
}

/// A type with one value has nothing to match on, so it is its own pattern.
macro_rules! no_positions {
    ($([$($generics:tt)*] $unit:ty = $value:expr;)*) => {
        $(
            impl<$($generics)*> Message for $unit {
                type Pattern = Self;
            }

            impl<$($generics)*> Pattern for $unit {
                type Value = Self;

                const POSITIONS: u32 = 0;

                const CHOICES: Shape = Shape::EMPTY;

                fn any() -> Self {
                    $value
                }

                fn exactly(_: &Self) -> Self {
                    $value
                }

                fn matches(&self, _: &Self) -> bool {
                    true
                }

                fn intersection(&self, _: &Self) -> Option<Self> {
                    Some($value)
                }

                fn value(&self) -> Option<Self> {
                    Some($value)
                }

                fn shape(&self) -> Shape {
                    Shape::EMPTY
                }

                fn positions_of(_: &Self) -> Shape {
                    Shape::EMPTY
                }

                fn digest(&self, _: Shape, _: &mut impl Hasher) {}

                fn digest_value(_: &Self, _: Shape, _: &mut impl Hasher) {}
            }
        )*
    };
}

no_positions! {
    [] () = ();
    [T: Send + Sync + 'static] PhantomData<T> = PhantomData;
}

/// A tuple's pattern is the tuple of its parts' patterns.
macro_rules! tuples {
    ($(($($part:ident $at:tt),*))*) => {
        $(
            impl<$($part: Message),*> Message for ($($part,)*) {
                type Pattern = ($($part::Pattern,)*);
            }

            impl<$($part: Pattern),*> Pattern for ($($part,)*) {
                type Value = ($($part::Value,)*);

                const POSITIONS: u32 = {
                    let starts = checked(starts([0, $($part::POSITIONS),*]));
                    starts[starts.len() - 1]
                };

                const CHOICES: Shape = {
                    let starts = checked(starts([0, $($part::POSITIONS),*]));
                    Shape::EMPTY $(.union($part::CHOICES.shifted(starts[$at])))*
                };

                fn any() -> Self {
                    ($($part::any(),)*)
                }

                fn exactly(value: &Self::Value) -> Self {
                    ($($part::exactly(&value.$at),)*)
                }

                fn matches(&self, value: &Self::Value) -> bool {
                    $(self.$at.matches(&value.$at))&&*
                }

                fn intersection(&self, other: &Self) -> Option<Self> {
                    Some(($(self.$at.intersection(&other.$at)?,)*))
                }

                fn difference(&self, other: &Self) -> Option<Difference> {
                    None$(.or_else(|| difference(&self.$at, &other.$at, stringify!($at))))*
                }

                fn value(&self) -> Option<Self::Value> {
                    Some(($(self.$at.value()?,)*))
                }

                fn shape(&self) -> Shape {
                    let starts = const { checked(starts([0, $($part::POSITIONS),*])) };
                    Shape::EMPTY $(.union(shape(&self.$at, starts[$at])))*
                }

                fn positions_of(value: &Self::Value) -> Shape {
                    let starts = const { checked(starts([0, $($part::POSITIONS),*])) };
                    Shape::EMPTY $(.union(positions_of::<$part>(&value.$at, starts[$at])))*
                }

                fn digest(&self, shape: Shape, hasher: &mut impl Hasher) {
                    let starts = const { checked(starts([0, $($part::POSITIONS),*])) };
                    $(digest(&self.$at, starts[$at], shape, hasher);)*
                }

                fn digest_value(value: &Self::Value, shape: Shape, hasher: &mut impl Hasher) {
                    let starts = const { checked(starts([0, $($part::POSITIONS),*])) };
                    $(digest_value::<$part>(&value.$at, starts[$at], shape, hasher);)*
                }
            }
        )*
    };
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
}
