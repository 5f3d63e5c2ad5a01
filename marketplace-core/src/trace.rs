//! The trace: everything that happens in a tree of VMs, reported as it happens.

mod known;
mod line;
mod narrator;
mod output;
mod recorder;
mod scope;
mod sentence;
mod spans;
mod spy;
mod tracer;
mod tree;
mod words;

use std::sync::Arc;

use crate::{
    Action, AnyMessage, EndpointId, Event, EventKinds, NetworkAction, Orientation, Pid, Reason, Role, Value,
};

pub use recorder::FlightRecorder;
pub use scope::TraceScope;
pub use spans::Spans;
pub use spy::Spy;
pub(crate) use tracer::{Sink, Tracer, Tracers, Watch};

/// Receives an event for everything that happens in a tree of VMs.
///
/// Use the traces that come with this crate, [`Spy`], [`FlightRecorder`] and [`Spans`], or implement this trait to
/// report events in a form of your own.
///
/// Give a trace to a ground by [`Ground::with_trace`](crate::Ground::with_trace), or by
/// [`Handle::trace`](crate::Handle::trace) while it runs. Give it to a VM that is run by hand by
/// [`Actions::with_trace`](crate::Actions::with_trace). A nested VM reports to the traces of the containing VM.
///
/// A trace is called during turns, on the thread that runs the VM, so it must not block. It is not part of the
/// program: processes do not see it, and it is no demand for anything. If it panics, the panic is logged, and the
/// trace receives no more events.
///
/// # Examples
///
/// ```
/// use marketplace_core::{Ground, Pid, Spawn, Trace, TraceEvent};
///
/// struct Obituary;
///
/// impl Trace for Obituary {
///     fn trace(&self, _vm: &[Pid], event: &TraceEvent<'_>) {
///         if let TraceEvent::ProcessLeft { name: Some(name), reason, .. } = event {
///             println!("{name} has left: {reason}");
///         }
///     }
/// }
///
/// # fn main() -> anyhow::Result<()> {
/// let program = Ground::new().with_trace(Obituary).spawn(Spawn::new((), |(), cx| cx.quit()).named("brief"));
/// futures::executor::block_on(program.run())?;
/// # Ok(())
/// # }
/// ```
pub trait Trace: Send + Sync + 'static {
    /// Receives an event of the VM at the end of the path `vm`: the nested VMs that lead to it, the outermost first.
    /// The ground's path is empty.
    fn trace(&self, vm: &[Pid], event: &TraceEvent<'_>);

    /// How much the trace wants to receive. It is called once, when the trace is given.
    fn scope(&self) -> TraceScope {
        TraceScope::Everything
    }
}

impl<T: Trace + ?Sized> Trace for Arc<T> {
    fn trace(&self, vm: &[Pid], event: &TraceEvent<'_>) {
        (**self).trace(vm, event);
    }

    fn scope(&self) -> TraceScope {
        (**self).scope()
    }
}

/// Something that happens in a VM.
///
/// All parts are borrowed and unformatted. Formatting a message, a topic, a name or a reason runs users' code.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum TraceEvent<'a> {
    /// A process has been created. Its boot turn comes next.
    ProcessStarted {
        /// The process.
        pid: &'a Pid,
        /// Its name, if it has one.
        name: Option<&'a str>,
        /// The process of the VM that requested it. `None` if it was requested from outside the VM. A process that is
        /// requested at the meta level of a nested VM is requested by that nested VM.
        by: Option<&'a Pid>,
    },
    /// A process takes no more turns: it has quit, failed or been killed. The actions that it has emitted before are
    /// still performed (rule S11).
    ProcessLeaving {
        /// The process.
        pid: &'a Pid,
        /// Why it leaves.
        reason: &'a Reason,
    },
    /// A process is gone, and so are its endpoints. If its VM has ended, there are no separate events for the
    /// endpoints that the process had in that VM.
    ProcessLeft {
        /// The process.
        pid: &'a Pid,
        /// Its name, if it has one.
        name: Option<&'a str>,
        /// Why it left. If its VM has ended, this is the reason of the VM. It is normal if the process was collected.
        reason: &'a Reason,
    },
    /// A turn begins. Until it ends, all events are about this process, or, if it is a nested VM, about the processes
    /// inside.
    TurnBegan {
        /// The process.
        pid: &'a Pid,
        /// Its name, if it has one.
        name: Option<&'a str>,
        /// The event that it handles. `None` if the ground acts itself, because of something outside.
        cause: Option<&'a Event<'a>>,
    },
    /// A turn ends.
    TurnEnded {
        /// The process.
        pid: &'a Pid,
    },
    /// A turn failed, or an action of the process panicked while it was performed. The process leaves.
    Failed {
        /// The process.
        pid: &'a Pid,
        /// The error.
        reason: &'a Reason,
    },
    /// An endpoint has been created. Its presences come next.
    EndpointAdded {
        /// The process that has it.
        pid: &'a Pid,
        /// Its number.
        id: EndpointId,
        /// Its name within the process.
        name: &'a Value,
        /// What it takes part in.
        role: &'a Role,
        /// The kinds of event that it handles.
        kinds: EventKinds,
    },
    /// The handlers of an endpoint have been replaced (rule S8).
    EndpointUpdated {
        /// The process that has it.
        pid: &'a Pid,
        /// Its number.
        id: EndpointId,
        /// The kinds of event that it handles now.
        kinds: EventKinds,
    },
    /// An endpoint is deleted. Its absences come next.
    EndpointDeleted {
        /// The process that has it.
        pid: &'a Pid,
        /// Its number.
        id: EndpointId,
        /// What it took part in.
        role: &'a Role,
        /// Why it is deleted.
        reason: &'a Reason,
    },
    /// An endpoint has a new peer. If the endpoint handles presences, the turn for this comes next.
    Presence {
        /// The process that has the endpoint.
        pid: &'a Pid,
        /// The endpoint.
        id: EndpointId,
        /// The peer.
        peer: EndpointId,
        /// The peer's role, its topic narrowed to the conversation.
        role: &'a Role,
    },
    /// An endpoint has lost a peer. If the endpoint handles absences, the turn for this comes next.
    Absence {
        /// The process that has the endpoint.
        pid: &'a Pid,
        /// The endpoint.
        id: EndpointId,
        /// The peer.
        peer: EndpointId,
        /// The peer's role, its topic narrowed to the conversation.
        role: &'a Role,
        /// Why the peer was removed.
        reason: &'a Reason,
    },
    /// A message is sent. Its deliveries come next, and then whether a participant received it.
    MessageSent {
        /// The process that sent it.
        pid: &'a Pid,
        /// The orientation of the sender.
        orientation: Orientation,
        /// The message.
        message: &'a AnyMessage,
    },
    /// A message is delivered to an endpoint. If the endpoint handles messages, the turn for this comes next. For an
    /// endpoint without a handler there is an event only if it is a participant.
    MessageDelivered {
        /// The process that has the endpoint.
        pid: &'a Pid,
        /// The endpoint.
        id: EndpointId,
        /// The message.
        message: &'a AnyMessage,
    },
    /// At least one participant received the message (rule S5).
    MessageReceived {
        /// The process that sent it.
        pid: &'a Pid,
        /// The orientation of the sender.
        orientation: Orientation,
        /// The message.
        message: &'a AnyMessage,
    },
    /// No participant received the message (rule S5).
    MessageDropped {
        /// The process that sent it.
        pid: &'a Pid,
        /// The orientation of the sender.
        orientation: Orientation,
        /// The message.
        message: &'a AnyMessage,
    },
    /// An action is not performed: the turn that emitted it failed, or the process is leaving and could not get the
    /// result, or its VM has ended.
    Discarded {
        /// The process.
        pid: &'a Pid,
        /// The action.
        action: &'a Action,
    },
    /// A process of a nested VM acts at the meta level. The events that follow from this are events of the containing
    /// VM, and are about the nested VM.
    MetaAction {
        /// The process.
        pid: &'a Pid,
        /// The action.
        action: &'a NetworkAction,
        /// The number of the endpoint that the action is about, if there is one. `Value::from` of this number is the
        /// name of the endpoint in the containing VM.
        endpoint: Option<EndpointId>,
    },
    /// A supervisor has started a process in the place of one that had ended.
    Restarted {
        /// The supervisor.
        pid: &'a Pid,
        /// The name of the child.
        child: &'a str,
        /// Why the former process ended.
        reason: &'a Reason,
    },
}
