//! Inspection: how what is inside an actor, a nested VM, is reached from around it.

use crate::snapshot::EndpointSnapshot;
use crate::{Counters, Snapshot};

/// A look at what is inside an actor; see [`Actor::inspect`](crate::Actor::inspect).
#[derive(Debug)]
pub struct Inspection(pub(crate) Look);

/// What is looked for.
#[derive(Debug)]
pub(crate) enum Look {
    /// All there is, where `outside` are the VM's endpoints in the network around it.
    Show { outside: Vec<EndpointSnapshot>, shown: Option<Snapshot> },
    /// The counters of the whole tree.
    Count(Counters),
    /// What has been counted; of a VM that goes now.
    Leave(Option<Box<Counters>>),
}
