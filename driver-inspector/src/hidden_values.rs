//! Which values of messages nobody is shown.

use std::any::TypeId;
use std::collections::HashSet;

/// What may be shown of messages' values.
#[derive(Clone, Debug, Default)]
pub(crate) struct HiddenValues {
    /// Nothing at all.
    pub(crate) all: bool,
    /// Nothing of messages of these types.
    pub(crate) types: HashSet<TypeId>,
}

impl HiddenValues {
    pub(crate) fn hide(&self, message_type: TypeId) -> bool {
        self.all || self.types.contains(&message_type)
    }
}
