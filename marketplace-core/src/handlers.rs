//! The closures of an endpoint.

use std::{mem, slice};

use crate::process::Context;
use crate::{Event, Kinds};

/// A closure of an endpoint, and the kinds of event that it is for.
pub(crate) type Handler<S> = (Kinds, Closure<S>);

pub(crate) type Closure<S> =
    Box<dyn FnMut(&mut S, &mut Context<'_, S>, &Event<'_>) -> anyhow::Result<()> + Send>;

/// The closures of an endpoint in the order in which they were given; most have one.
#[derive(Default)]
pub(crate) enum Handlers<S> {
    #[default]
    None,
    One(Handler<S>),
    #[expect(clippy::box_collection, reason = "it takes no more room than one")]
    Several(Box<Vec<Handler<S>>>),
}

impl<S> Handlers<S> {
    pub(crate) fn push(&mut self, handler: Handler<S>) {
        *self = match mem::take(self) {
            Self::None => Self::One(handler),
            Self::One(first) => Self::Several(Box::new(vec![first, handler])),
            Self::Several(mut several) => {
                several.push(handler);
                Self::Several(several)
            }
        };
    }

    /// Those for one kind of event.
    pub(crate) fn of(&mut self, kind: Kinds) -> impl Iterator<Item = &mut Closure<S>> {
        let handlers = match self {
            Self::None => &mut [],
            Self::One(handler) => slice::from_mut(handler),
            Self::Several(several) => &mut several[..],
        };
        handlers.iter_mut().filter(move |(kinds, _)| kinds.contains(kind)).map(|(_, closure)| closure)
    }

    pub(crate) fn into_vec(self) -> Vec<Handler<S>> {
        match self {
            Self::None => Vec::new(),
            Self::One(handler) => vec![handler],
            Self::Several(several) => *several,
        }
    }
}
