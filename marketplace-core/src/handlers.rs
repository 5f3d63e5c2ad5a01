//! The closures of an endpoint.

use std::{mem, slice};

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

    /// Those for one kind of event.
    pub(crate) fn of(&mut self, kind: Kinds) -> impl Iterator<Item = &mut Closure<S>> {
        let handlers = match &mut self.0 {
            List::None => &mut [],
            List::One(handler) => slice::from_mut(handler),
            List::Several(several) => &mut several[..],
        };
        handlers.iter_mut().filter(move |(kinds, _)| kinds.contains(kind)).map(|(_, closure)| closure)
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
