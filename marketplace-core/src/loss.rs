//! Messages that no participant receives. The first one of each type is logged as a warning.

use std::any::TypeId;
use std::collections::HashSet;
use std::fmt::{self, Display, Formatter};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::{Level, debug, enabled, warn};

use crate::{AnyMessage, Orientation, Pid};

/// The types for which a tree of VMs has logged a warning, and the place of a VM in the tree.
///
/// The types are shared by all VMs of the tree. If a program makes thousands of nested VMs, one for each connection,
/// for example, the same mistake is logged once. The set has at most as many entries as the program has message
/// types.
#[derive(Clone, Debug, Default)]
pub(crate) struct Losses {
    /// `None` in a nested VM that has not booted yet.
    warned: Option<Arc<Mutex<HashSet<TypeId>>>>,
    vm: Option<Arc<Place>>,
}

/// Where a nested VM is.
#[derive(Debug)]
struct Place {
    around: Option<Arc<Self>>,
    pid: Pid,
    name: Option<Arc<str>>,
}

impl Losses {
    /// For the root of a tree.
    pub(crate) fn new() -> Self {
        Self { warned: Some(Arc::default()), vm: None }
    }

    /// The same for a VM inside this one.
    pub(crate) fn inside(&self, pid: &Pid, name: Option<&Arc<str>>) -> Self {
        let place = Place { around: self.vm.clone(), pid: pid.clone(), name: name.cloned() };
        Self { warned: Some(self.warned.clone().unwrap_or_default()), vm: Some(Arc::new(place)) }
    }

    /// Logs a message that no participant has received.
    #[cold]
    #[inline(never)]
    pub(crate) fn warn(&self, orientation: Orientation, message: &AnyMessage) {
        if !message.is_lossy() && enabled!(Level::WARN) && self.is_first(message.as_any().type_id()) {
            let message_type = message.type_name();
            warn!(
                message_type,
                ?orientation,
                vm = %Where(self.vm.as_deref()),
                "a message is dropped: no participant received it. `Handle::explain` and `Context::explain` say why, and a \
                 `Spy` shows what happens in the program. Further dropped messages of this type are logged at `DEBUG` only. \
                 If it is normal that they are dropped, mark the type `#[message(lossy)]`"
            );
        }
        debug!(dropped = ?message, ?orientation, "message dropped: no participant received it");
    }

    fn is_first(&self, message_type: TypeId) -> bool {
        let warned = self.warned.as_ref().map(|warned| warned.lock().unwrap_or_else(PoisonError::into_inner));
        warned.is_some_and(|mut warned| warned.insert(message_type))
    }
}

/// The path of a VM, by names where there are any.
struct Where<'a>(Option<&'a Place>);

impl Display for Where<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("the ground"),
            Some(place) => place.fmt(f),
        }
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(around) = &self.around {
            write!(f, "{around}/")?;
        }
        match &self.name {
            Some(name) => f.write_str(name),
            None => write!(f, "{:?}", self.pid),
        }
    }
}
