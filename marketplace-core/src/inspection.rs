//! Inspection: how what is inside an actor, a nested VM, is reached from around it.

use crate::snapshot::EndpointSnapshot;
use crate::trace::Tracers;
use crate::{Counters, Pid, ProcessStatus, Reason, Snapshot};

/// A look at what is inside an actor; see [`Actor::inspect`](crate::Actor::inspect).
#[derive(Debug)]
pub struct Inspection<'a>(pub(crate) Look<'a>);

/// What is looked for.
#[derive(Debug)]
pub(crate) enum Look<'a> {
    /// All there is, where `outside` are the VM's endpoints in the network around it.
    Show { outside: &'a [EndpointSnapshot], shown: &'a mut Option<Box<Snapshot>> },
    /// The process at the end of this path of VMs.
    Find { path: &'a [Pid], found: &'a mut Option<ProcessStatus> },
    /// The counters of the whole tree.
    Count(&'a mut Counters),
    /// Those of the VM alone.
    CountOwn(&'a mut Option<Counters>),
    /// Nothing: the VM is to have those told of it who are told of the one around it.
    Trace(&'a Tracers),
    /// Nothing: the VM goes for this reason, and is to tell of what is lost.
    Leave(&'a Reason),
}
