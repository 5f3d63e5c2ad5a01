//! The part in which two patterns differ.

use std::fmt::{self, Debug, Display};
use std::sync::Arc;

/// The first part in which two patterns differ, so that no value matches both.
///
/// [`Explanation`](crate::Explanation) uses it to say why an endpoint does not receive a message.
///
/// `Display` names the part by its fields, then shows what each of the two patterns requires of it:
/// `destination.port: 5999 is not 6000`, or `destination: Listener is not Handle`. The values' `Debug` runs only
/// then.
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
    /// The fields that lead to the part, the innermost first.
    fields: Vec<&'static str>,
    own: Part,
    other: Part,
}

/// What a pattern requires of the part; it is formatted only when somebody shows the difference.
type Part = Arc<dyn Debug + Send + Sync>;

impl Difference {
    /// The difference of two patterns as wholes.
    pub fn new(own: impl Debug + Send + Sync + 'static, other: impl Debug + Send + Sync + 'static) -> Self {
        Self { fields: Vec::new(), own: Arc::new(own), other: Arc::new(other) }
    }

    /// The difference of two patterns that choose different variants, by the names of the variants.
    #[must_use]
    pub fn of_choices(own: &'static str, other: &'static str) -> Self {
        Self::new(Plain(own), Plain(other))
    }

    /// Makes the difference in a field into the difference of the patterns that have the field.
    #[must_use]
    pub fn within(mut self, field: &'static str) -> Self {
        self.fields.push(field);
        self
    }

    /// The fields that lead to the part, the outermost first. Empty if the patterns differ as wholes.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = &'static str> {
        self.fields.iter().rev().copied()
    }

    /// What the first pattern requires of the part: the one on which `difference` was called.
    #[must_use]
    pub fn own(&self) -> &(dyn Debug + Send + Sync) {
        &*self.own
    }

    /// What the other pattern requires of it.
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

/// A name that is shown without quotes.
struct Plain(&'static str);

impl Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
