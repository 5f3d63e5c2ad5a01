//! The closures of an endpoint.

use std::mem;

use crate::panic::{guarded_drop, guarded_drops};
use crate::process::Context;
use crate::{Event, Kinds};

/// A closure of an endpoint, and the kinds of event that it is for.
pub(crate) type Handler<S> = (Kinds, Closure<S>);

pub(crate) type Closure<S> =
    Box<dyn FnMut(&mut S, &mut Context<'_, S>, &Event<'_>) -> anyhow::Result<()> + Send>;

/// The closures of an endpoint in the order in which they were given.
pub(crate) struct Handlers<S>(List<S>);

/// Most endpoints have one. Several take no more room than they need, and lie in one place.
#[derive(Default)]
enum List<S> {
    #[default]
    None,
    One(Handler<S>),
    Several(Box<[Handler<S>]>),
}

impl<S> Default for Handlers<S> {
    fn default() -> Self {
        Self(List::None)
    }
}

impl<S> Handlers<S> {
    pub(crate) fn push(&mut self, handler: Handler<S>) {
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

    /// Runs those for one kind of event, until one fails.
    #[inline]
    pub(crate) fn run(
        &mut self,
        kind: Kinds,
        mut run: impl FnMut(&mut Closure<S>) -> anyhow::Result<()>,
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

impl<S> Drop for Handlers<S> {
    #[inline]
    fn drop(&mut self) {
        match mem::take(&mut self.0) {
            List::None => {}
            List::One(handler) => guarded_drop(handler, "a handler"),
            List::Several(several) => guarded_drops(several, "a handler"),
        }
    }
}
