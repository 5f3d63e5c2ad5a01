//! The closures of an endpoint, each with the kinds of event that it handles.

use std::mem;

use crate::EventKinds;
use crate::panic::{guarded_drop, guarded_drops};

/// The closures of an endpoint, in the order in which they were added.
pub(crate) struct Handlers<C>(List<C>);

/// Most endpoints have one. Several closures take no more memory than they need, and are in one place.
#[derive(Default)]
enum List<C> {
    #[default]
    None,
    One((EventKinds, C)),
    Several(Box<[(EventKinds, C)]>),
}

impl<C> Default for Handlers<C> {
    fn default() -> Self {
        Self(List::None)
    }
}

impl<C> Handlers<C> {
    pub(crate) fn push(&mut self, handler: (EventKinds, C)) {
        self.0 = match mem::take(&mut self.0) {
            List::None => List::One(handler),
            List::One(first) => List::Several(Box::new([first, handler])),
            List::Several(several) => {
                let mut several = several.into_vec();
                several.reserve_exact(1);
                several.push(handler);
                List::Several(several.into_boxed_slice())
            }
        };
    }

    /// Runs the closures for one kind of event, until one of them fails.
    #[inline]
    pub(crate) fn run(
        &mut self,
        kind: EventKinds,
        mut run: impl FnMut(&mut C) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        match &mut self.0 {
            List::One((kinds, closure)) if kinds.contains(kind) => run(closure),
            List::None | List::One(_) => Ok(()),
            List::Several(several) => {
                for (kinds, closure) in several {
                    if kinds.contains(kind) {
                        run(closure)?;
                    }
                }
                Ok(())
            }
        }
    }
}

impl<C> Drop for Handlers<C> {
    #[inline]
    fn drop(&mut self) {
        match mem::take(&mut self.0) {
            List::None => {}
            List::One(handler) => guarded_drop(handler, "a handler"),
            List::Several(several) => guarded_drops(several, "a handler"),
        }
    }
}
