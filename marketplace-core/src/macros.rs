//! What the code that `#[derive(Message)]` and `topic!` write calls. No part of the public interface:
//! anything here may change in any release, together with the macros.

use std::hash::Hasher;

use crate::message::Message;
use crate::pattern::{Difference, Pattern, Shape};

pub use marketplace_core_derive::topic;
#[cfg(feature = "serde")]
pub use serde;

/// The sums of `widths` up to and including each: where the parts of a pattern start, and how many positions
/// it has, given what comes before the first part and then each part's number of positions.
#[must_use]
pub const fn starts<const N: usize>(mut widths: [u32; N]) -> [u32; N] {
    let mut at = 1;
    while at < N {
        widths[at] += widths[at - 1];
        at += 1;
    }
    widths
}

/// The shape of a part that starts at `start`, as seen from the whole.
pub fn shape<P: Pattern>(part: &P, start: u32) -> Shape {
    part.shape().shifted(start)
}

/// The positions of a value's part that starts at `start`, as seen from the whole.
pub fn positions_of<P: Pattern>(part: &P::Value, start: u32) -> Shape {
    P::positions_of(part).shifted(start)
}

/// Digests a part that starts at `start`, if `shape`, that of the whole, says anything about it.
pub fn digest<P: Pattern>(part: &P, start: u32, shape: Shape, hasher: &mut impl Hasher) {
    let shape = shape.part(start, P::POSITIONS);
    if !shape.is_empty() {
        part.digest(shape, hasher);
    }
}

/// Like [`digest`], of a value's part.
pub fn digest_value<P: Pattern>(part: &P::Value, start: u32, shape: Shape, hasher: &mut impl Hasher) {
    let shape = shape.part(start, P::POSITIONS);
    if !shape.is_empty() {
        P::digest_value(part, shape, hasher);
    }
}

/// The difference of two patterns that is one of theirs in `field`.
pub fn difference<P: Pattern>(own: &P, other: &P, field: &'static str) -> Option<Difference> {
    own.difference(other).map(|difference| difference.within(field))
}

/// The pattern of one value: a topic without wildcards.
pub fn exactly<M: Message>(value: &M) -> M::Pattern {
    M::Pattern::exactly(value)
}

/// A part of a topic that is being written.
///
/// A type with methods, and not functions, so that the compiler knows the type of the part before it looks
/// at the expression: literals, `.into()` and references then adapt to it.
#[derive(Debug)]
pub struct Part<'a, P>(&'a mut P);

/// Takes up a part.
pub fn part<P: Pattern>(part: &mut P) -> Part<'_, P> {
    Part(part)
}

impl<P: Pattern> Part<'_, P> {
    /// Pins the part to a value, which stays the caller's.
    pub fn exactly(self, value: &P::Value) {
        *self.0 = P::exactly(value);
    }

    /// Pins the part to a literal: a number's takes the part's type, a string's is a `&str` and no other
    /// string. By value, so that a compiler error does not speak of references that nobody wrote.
    pub fn literally(self, value: P::Value) {
        self.exactly(&value);
    }
}

/// The patterns that a topic is written into, with no part pinned yet: one for each struct, tuple and variant
/// that the topic spells out.
///
/// `check` is never called. It takes the topic apart as an ordinary Rust pattern against the real types, so
/// that the compiler checks names and numbers of fields, and infers the types. It answers with references to
/// what it has bound: where a name is wrong, the type of such a reference is erroneous, and so are then the
/// patterns' types, and the compiler reports nothing but the wrong name.
pub fn any<M: 'static, N: Nodes>(check: impl FnOnce(&'static M) -> Option<N>) -> N::Patterns {
    drop(check);
    N::any()
}

/// A list of what a topic spells out: `((node, its fields), further nodes)`, ended by `()`.
pub trait Nodes {
    /// The patterns, in a list of the same form.
    type Patterns;

    /// The patterns that match everything.
    fn any() -> Self::Patterns;
}

impl Nodes for () {
    type Patterns = ();

    fn any() -> Self::Patterns {}
}

impl<M: Message, Fields, Further: Nodes> Nodes for ((&'static M, Fields), Further) {
    type Patterns = (M::Pattern, Further::Patterns);

    fn any() -> Self::Patterns {
        (M::Pattern::any(), Further::any())
    }
}
