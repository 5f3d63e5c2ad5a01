//! What keeps two patterns from meeting.

use std::fmt::{self, Debug, Display};
use std::sync::Arc;

/// The first part in which two patterns differ, so that no value is described by both.
///
/// Shown, it names the part by its fields and says what each of the two asks of it:
/// `destination.port: 5999 is not 6000`, or `destination: Listener is not Handle`. The values' `Debug` runs only then.
///
/// # Examples
///
/// ```
/// use marketplace_core::{Message, Pattern, topic};
///
/// #[derive(Debug, Message)]
/// struct Packet {
///     destination: Address,
/// }
///
/// #[derive(Debug, Message)]
/// enum Address {
///     Listener { port: u16 },
///     Handle(u8),
/// }
///
/// let one = topic!(Packet { destination: Address::Listener { port: 5999 } });
/// let other = topic!(Packet { destination: Address::Listener { port: 6000 } });
/// let third = topic!(Packet { destination: Address::Handle(_) });
///
/// let shown = |difference: Option<marketplace_core::Difference>| difference.map(|it| it.to_string());
/// assert_eq!(shown(one.difference(&other)).as_deref(), Some("destination.port: 5999 is not 6000"));
/// assert_eq!(shown(one.difference(&third)).as_deref(), Some("destination: Listener is not Handle"));
/// assert_eq!(shown(one.difference(&topic!(Packet { .. }))), None);
/// ```
#[derive(Clone)]
pub struct Difference {
    /// The part, innermost field first.
    fields: Vec<&'static str>,
    own: Part,
    other: Part,
}

/// What a pattern asks of the part, to be shown if somebody asks.
type Part = Arc<dyn Debug + Send + Sync>;

impl Difference {
    /// The difference of two patterns as wholes.
    pub fn new(own: impl Debug + Send + Sync + 'static, other: impl Debug + Send + Sync + 'static) -> Self {
        Self { fields: Vec::new(), own: Arc::new(own), other: Arc::new(other) }
    }

    /// The difference of two patterns that choose different variants, by the variants' names.
    #[must_use]
    pub fn of_choices(own: &'static str, other: &'static str) -> Self {
        Self::new(Plain(own), Plain(other))
    }

    /// The same as seen from the pattern of which this is the difference in a field.
    #[must_use]
    pub fn within(mut self, field: &'static str) -> Self {
        self.fields.push(field);
        self
    }

    /// The fields that lead to the part, the outermost first; none, if it is all.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = &'static str> {
        self.fields.iter().rev().copied()
    }

    /// What the pattern whose difference this is asks of the part.
    #[must_use]
    pub fn own(&self) -> &(dyn Debug + Send + Sync) {
        &*self.own
    }

    /// What the other pattern asks of it.
    #[must_use]
    pub fn other(&self) -> &(dyn Debug + Send + Sync) {
        &*self.other
    }
}

impl Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, field) in self.fields().enumerate() {
            let separator = if at == 0 { "" } else { "." };
            write!(f, "{separator}{field}")?;
        }
        let separator = if self.fields.is_empty() { "" } else { ": " };
        write!(f, "{separator}{:?} is not {:?}", self.own, self.other)
    }
}

impl Debug for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Difference({self})")
    }
}

/// A name, shown without quotes.
struct Plain(&'static str);

impl Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
