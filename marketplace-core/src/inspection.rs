//! Inspection: how what is inside an actor, a nested VM, is reached from around it.

use crate::snapshot::EndpointSnapshot;
use crate::{Counters, Snapshot};

/// A look at what is inside an actor; see [`Actor::inspect`](crate::Actor::inspect).
#[derive(Debug)]
pub struct Inspection<'a>(pub(crate) Look<'a>);

/// What is looked for.
#[derive(Debug)]
pub(crate) enum Look<'a> {
    /// All there is, where `outside` are the VM's endpoints in the network around it.
    Show { outside: &'a [EndpointSnapshot], shown: &'a mut Option<Box<Snapshot>> },
    /// The counters of the whole tree.
    Count(&'a mut Counters),
}
