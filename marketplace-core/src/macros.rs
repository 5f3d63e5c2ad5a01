//! The functions that the code written by `#[derive(Message)]` and `topic!` calls. They are not part of the public
//! interface: anything here may change in any release, together with the macros.

use std::hash::Hasher;

use crate::message::Message;
use crate::pattern::{Difference, Pattern, Shape};

pub use marketplace_core_derive::topic;
#[cfg(feature = "serde")]
pub use serde;

/// The running sums of `widths`. If `widths` is the number of positions before the first part, followed by the number
/// of positions of each part, the sums are where the parts start, and the last one is the number of all positions.
#[must_use]
pub const fn starts<const N: usize>(mut widths: [u32; N]) -> [u32; N] {
    let mut at = 1;
    while at < N {
        widths[at] += widths[at - 1];
        at += 1;
    }
    widths
}

/// The shape of a part that starts at `start`, as positions of the whole.
pub fn shape<P: Pattern>(part: &P, start: u32) -> Shape {
    part.shape().shifted(start)
}

/// The positions of a value's part that starts at `start`, as positions of the whole.
pub fn positions_of<P: Pattern>(part: &P::Value, start: u32) -> Shape {
    P::positions_of(part).shifted(start)
}

/// Digests a part that starts at `start`, if `shape`, a shape of the whole, has positions of the part.
pub fn digest<P: Pattern>(part: &P, start: u32, shape: Shape, hasher: &mut impl Hasher) {
    let shape = shape.part(start, P::POSITIONS);
    if !shape.is_empty() {
        part.digest(shape, hasher);
    }
}

/// The same as [`digest`], for a part of a value.
pub fn digest_value<P: Pattern>(part: &P::Value, start: u32, shape: Shape, hasher: &mut impl Hasher) {
    let shape = shape.part(start, P::POSITIONS);
    if !shape.is_empty() {
        P::digest_value(part, shape, hasher);
    }
}

/// The difference of two patterns in `field`.
pub fn difference<P: Pattern>(own: &P, other: &P, field: &'static str) -> Option<Difference> {
    own.difference(other).map(|difference| difference.within(field))
}

/// The pattern that matches one value only: a topic without wildcards.
pub fn exactly<M: Message>(value: &M) -> M::Pattern {
    M::Pattern::exactly(value)
}

/// A part of a topic that is being written.
///
/// It is a type with methods instead of functions, so that the compiler knows the type of the part before it looks at
/// the expression. Literals, `.into()` and references then adapt to that type.
#[derive(Debug)]
pub struct Part<'a, P>(&'a mut P);

/// Begins to write a part.
pub fn part<P: Pattern>(part: &mut P) -> Part<'_, P> {
    Part(part)
}

impl<P: Pattern> Part<'_, P> {
    /// Pins the part to a value, which the caller keeps.
    pub fn exactly(self, value: &P::Value) {
        *self.0 = P::exactly(value);
    }

    /// Pins the part to a literal. A number literal takes the part's type, and a string literal is a `&str`. The
    /// literal is passed by value, so that compiler errors do not mention references that the user did not write.
    pub fn literally(self, value: P::Value) {
        self.exactly(&value);
    }
}

/// The patterns into which a topic is written, with no part pinned down yet. There is one for each struct, tuple and
/// variant that the topic spells out.
///
/// `check` is never called. It destructures the message by an ordinary Rust pattern, so that the compiler checks the
/// names and numbers of fields and infers the types. It returns references to what it has bound. If a name is wrong,
/// the type of such a reference is an error type, and so are the types of the patterns, so the compiler reports the
/// wrong name and nothing else.
pub fn any<M: 'static, N: Nodes>(check: impl FnOnce(&'static M) -> Option<N>) -> N::Patterns {
    drop(check);
    N::any()
}

/// A list of the nodes that a topic spells out: `((node, its fields), further nodes)`, ended by `()`.
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
