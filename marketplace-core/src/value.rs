//! A value of any type, for vocabularies in which the user chooses the type: a handle's id, a timer's label, an
//! endpoint's name.

use std::any::Any;
use std::fmt::{self, Debug};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::{Leaf, Message};

/// A value of any type, cheap to clone, compared and hashed by value.
///
/// Endpoints are named by it, and vocabularies use it where users choose the type of a name or a label.
///
/// Numbers are equal if they have the same value, whatever integer type they came from. A value made by [`Value::of`]
/// is equal only to a value of the same type.
///
/// # Examples
///
/// ```
/// use marketplace_core::Value;
///
/// assert_eq!(Value::from(7_u8), Value::from(7_i64));
/// assert_eq!(Value::from(("chat", 1)), Value::from((String::from("chat"), 1)));
/// assert_ne!(Value::unique("mine"), Value::unique("mine"));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Value(Repr);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    Number(i64),
    Text(Arc<str>),
    Other(Other),
    Anonymous(u64),
}

#[derive(Clone)]
struct Other(Arc<dyn ErasedValue>);

trait ErasedValue: Any + Debug + Send + Sync {
    fn equals(&self, other: &dyn Any) -> bool;
    fn feed(&self, hasher: &mut dyn Hasher);
}

impl Value {
    /// Makes a value from a value of your own type.
    pub fn of<T: Eq + Hash + Debug + Send + Sync + 'static>(value: T) -> Self {
        Self(Repr::Other(Other(Arc::new(value))))
    }

    /// Makes a value that is equal only to its clones: a name that nothing else can have.
    ///
    /// The `label` is for diagnostics only.
    pub fn unique(label: impl Into<Arc<str>>) -> Self {
        Self::of(Unique(Arc::new(label.into())))
    }

    /// The number, if the value was made from one.
    pub(crate) const fn number(&self) -> Option<i64> {
        match self.0 {
            Repr::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The name of an endpoint that was given no name. It is equal to no other kind of value.
    pub(crate) const fn anonymous(number: u64) -> Self {
        Self(Repr::Anonymous(number))
    }
}

impl Message for Value {
    type Pattern = Leaf<Self>;
}

impl Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Number(number) => number.fmt(f),
            Repr::Text(text) => text.fmt(f),
            Repr::Other(other) => other.0.fmt(f),
            Repr::Anonymous(number) => write!(f, "anonymous {number}"),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self(Repr::Text(text.into()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self(Repr::Text(text.into()))
    }
}

impl From<Arc<str>> for Value {
    fn from(text: Arc<str>) -> Self {
        Self(Repr::Text(text))
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl From<$number> for Value {
            fn from(number: $number) -> Self {
                i64::try_from(number).map_or_else(|_| Self::of(number as u64), |number| Self(Repr::Number(number)))
            }
        }
    )*};
}

numbers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

impl<A: Into<Self>, B: Into<Self>> From<(A, B)> for Value {
    fn from((a, b): (A, B)) -> Self {
        Self::of((a.into(), b.into()))
    }
}

impl<A: Into<Self>, B: Into<Self>, C: Into<Self>> From<(A, B, C)> for Value {
    fn from((a, b, c): (A, B, C)) -> Self {
        Self::of((a.into(), b.into(), c.into()))
    }
}

impl PartialEq for Other {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals(&*other.0)
    }
}

impl Eq for Other {}

impl Hash for Other {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.feed(state);
    }
}

impl<T: Eq + Hash + Debug + Send + Sync + 'static> ErasedValue for T {
    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref() == Some(self)
    }

    fn feed(&self, mut hasher: &mut dyn Hasher) {
        self.hash(&mut hasher);
    }
}

/// Compared by identity. The label is boxed twice, so that two equal labels have different addresses.
struct Unique(Arc<Arc<str>>);

impl Debug for Unique {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq for Unique {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Unique {}

impl Hash for Unique {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}
