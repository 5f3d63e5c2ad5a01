//! Which values of messages are never shown.

use std::any::TypeId;
use std::collections::HashSet;

/// Which values of messages are never shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct HiddenValues {
    /// Those of all messages.
    pub(crate) all: bool,
    /// Those of messages of these types.
    pub(crate) types: HashSet<TypeId>,
}

impl HiddenValues {
    pub(crate) fn hide(&self, message_type: TypeId) -> bool {
        self.all || self.types.contains(&message_type)
    }
}
