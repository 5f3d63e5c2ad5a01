//! The trace: what happens in a tree of VMs, told as it happens.

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
pub(crate) use tracer::{Tracers, Sink, Tracer, Watch};

/// Somebody who is told what happens in a tree of VMs.
///
/// Given to a ground by [`Ground::with_trace`](crate::Ground::with_trace), or while it runs by
/// [`Handle::trace`](crate::Handle::trace); to a VM that is run by hand by
/// [`Actions::with_trace`](crate::Actions::with_trace). A nested VM has its container's. Ready made are [`Spy`],
/// [`FlightRecorder`] and [`Spans`].
///
/// It is called in the middle of things, on the thread that runs the VM, so it must not block. It is no part of the
/// program: nobody is told of it, and it is no demand for anything. If it panics, that is logged, and it is told nothing
/// more.
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
    /// Is told of an event in a VM: the one at the end of this path of nested VMs, the outermost first. The ground's
    /// path is empty.
    fn trace(&self, vm: &[Pid], event: &TraceEvent<'_>);

    /// How much it wants to be told, which it is asked once, when it is given.
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

/// What happens in a VM.
///
/// All of it is borrowed, and nothing of it has been shown: to format a message, a topic, a name or a reason runs users'
/// code.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum TraceEvent<'a> {
    /// A process is there; its boot turn comes next.
    ProcessStarted {
        /// The process.
        pid: &'a Pid,
        /// Its name, if it was given one.
        name: Option<&'a str>,
        /// Who asked for it: a process of the VM, or nobody in it. What a process in a nested VM asks for at the meta
        /// level is asked for by the nested VM.
        by: Option<&'a Pid>,
    },
    /// A process takes no more turns: it quit, failed, or is killed. What it has asked for is still done (rule S11).
    ProcessLeaving {
        /// The process.
        pid: &'a Pid,
        /// The reason with which it leaves.
        reason: &'a Reason,
    },
    /// A process is gone, and so are its endpoints: of those that it had in its own VM when that went, nothing more is
    /// told.
    ProcessLeft {
        /// The process.
        pid: &'a Pid,
        /// Its name, if it was given one.
        name: Option<&'a str>,
        /// Why it left; if its VM went, why that did. Normal also where it was collected.
        reason: &'a Reason,
    },
    /// A turn begins. Nothing is told of other processes until it ends, except of those inside, if it is a VM's.
    TurnBegan {
        /// The process.
        pid: &'a Pid,
        /// Its name, if it was given one.
        name: Option<&'a str>,
        /// What it is a turn for; nothing, where the ground speaks for itself.
        cause: Option<&'a Event<'a>>,
    },
    /// A turn ends.
    TurnEnded {
        /// The process.
        pid: &'a Pid,
    },
    /// A turn failed, or an action of the process panicked as it was performed: the process leaves.
    Failed {
        /// The process.
        pid: &'a Pid,
        /// The error.
        reason: &'a Reason,
    },
    /// An endpoint has been created; the presences come next.
    EndpointAdded {
        /// The process that it is of.
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
    /// An endpoint has been given other handlers (rule S8).
    EndpointUpdated {
        /// The process that it is of.
        pid: &'a Pid,
        /// Its number.
        id: EndpointId,
        /// The kinds of event that it handles now.
        kinds: EventKinds,
    },
    /// An endpoint goes; the absences come next.
    EndpointDeleted {
        /// The process that it is of.
        pid: &'a Pid,
        /// Its number.
        id: EndpointId,
        /// What it took part in.
        role: &'a Role,
        /// Why it goes.
        reason: &'a Reason,
    },
    /// An endpoint has got a peer. If it handles presences, its turn comes next.
    Presence {
        /// The process of the endpoint.
        pid: &'a Pid,
        /// The endpoint.
        id: EndpointId,
        /// The peer.
        peer: EndpointId,
        /// The peer's role, its topic narrowed to the conversation.
        role: &'a Role,
    },
    /// An endpoint has lost a peer. If it handles absences, its turn comes next.
    Absence {
        /// The process of the endpoint.
        pid: &'a Pid,
        /// The endpoint.
        id: EndpointId,
        /// The peer.
        peer: EndpointId,
        /// The peer's role, its topic narrowed to the conversation.
        role: &'a Role,
        /// Why it went.
        reason: &'a Reason,
    },
    /// A message is sent: those to whom it goes are told next, and then whether it was taken.
    MessageSent {
        /// The process that sent it.
        pid: &'a Pid,
        /// As what it is sent.
        orientation: Orientation,
        /// The message.
        message: &'a AnyMessage,
    },
    /// A message comes to an endpoint that handles messages, or takes them by being there. If it handles them, its turn
    /// comes next.
    MessageDelivered {
        /// The process of the endpoint.
        pid: &'a Pid,
        /// The endpoint.
        id: EndpointId,
        /// The message.
        message: &'a AnyMessage,
    },
    /// A participant was there to take the message (rule S5).
    MessageReceived {
        /// The process that sent it.
        pid: &'a Pid,
        /// As what it was sent.
        orientation: Orientation,
        /// The message.
        message: &'a AnyMessage,
    },
    /// No participant was there to take the message (rule S5).
    MessageDropped {
        /// The process that sent it.
        pid: &'a Pid,
        /// As what it was sent.
        orientation: Orientation,
        /// The message.
        message: &'a AnyMessage,
    },
    /// What a process has asked for is not done: its turn failed, it is leaving and would not hear of the answer, or its
    /// VM is gone.
    Discarded {
        /// The process.
        pid: &'a Pid,
        /// What it asked for.
        action: &'a Action,
    },
    /// A process of a nested VM asks something of the network around. What comes of it is told there, of the nested VM.
    MetaAction {
        /// The process.
        pid: &'a Pid,
        /// What it asks for.
        action: &'a NetworkAction,
        /// The number of the endpoint that it is about, if it is about one; `Value::from` of it is the name of that
        /// endpoint in the network around.
        endpoint: Option<EndpointId>,
    },
    /// A process has put another in the place of one that had left, as a supervisor does.
    Restarted {
        /// The supervisor.
        pid: &'a Pid,
        /// The name that it has for its child.
        child: &'a str,
        /// Why the former had left.
        reason: &'a Reason,
    },
}
