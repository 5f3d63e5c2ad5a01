//! Inspection: how to look into an actor, such as a nested VM, from outside.

use crate::snapshot::EndpointSnapshot;
use crate::trace::Tracers;
use crate::{Counters, Pid, ProcessStatus, Reason, Snapshot};

/// A look into an actor. [`Actor::inspect`](crate::Actor::inspect) gets it and passes it on.
#[derive(Debug)]
pub struct Inspection<'a>(pub(crate) Look<'a>);

/// What is to be looked for, or to be done, inside.
#[derive(Debug)]
pub(crate) enum Look<'a> {
    /// Shows everything. `outside` are the VM's endpoints in the containing VM.
    Show { outside: &'a [EndpointSnapshot], shown: &'a mut Option<Box<Snapshot>> },
    /// Finds the process at the end of this path of VMs.
    Find { path: &'a [Pid], found: &'a mut Option<ProcessStatus> },
    /// Adds up the counters of the whole tree.
    Count(&'a mut Counters),
    /// Reads the counters of the VM alone.
    CountOwn(&'a mut Option<Counters>),
    /// Makes the VM report to the traces of the containing VM.
    Trace(&'a Tracers),
    /// The VM is about to be dropped for this reason, and reports to the traces what is lost.
    Leave(&'a Reason),
}
