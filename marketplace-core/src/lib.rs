#![doc = include_str!("../README.md")]

// So that the derive can name this crate in the same way here, in its tests and in its examples as elsewhere.
extern crate self as marketplace_core;

// Messages and their patterns.
#[doc(hidden)]
pub mod macros;
mod message;
mod pattern;
mod value;

// The vocabulary of the network.
mod pid;
mod reason;
mod role;
mod topic;

// The low level: an actor handles events and emits actions.
mod action;
mod actions;
mod actor;
mod event;
mod inspection;
mod task;
mod task_context;

// What is in a program, how much has happened, and what happens.
mod counters;
mod explanation;
mod loss;
mod snapshot;
mod status;
mod trace;

// The high level: a process is a state with closures.
mod ask;
mod context;
mod demand;
mod endpoint;
mod handler_result;
mod handlers;
mod limits;
mod network;
mod process;
mod spawn;
mod supervisor;

// The virtual machine, and the ground that runs it.
mod ground;
mod vm;

// Why a message is received, or not.
mod explain;

// Shared by several of these.
mod compact;
mod panic;

pub use action::{Action, AddEndpoint, Level, NetworkAction};
pub use actions::{Actions, Load};
pub use actor::Actor;
pub use ask::{Ask, AskError, HandleAsk, Question, Reply, Request, RequestPattern, ask_relay};
pub use context::{Context, Network};
pub use counters::Counters;
pub use demand::{Demand, DemandMatcher, Matcher, ServiceMatcher};
pub use endpoint::{Endpoint, Peer};
pub use event::{Event, EventKinds, Output, OwnedEvent, Token};
pub use explanation::{ExplainedEndpoint, Explanation, Location, ProcessName};
pub use ground::{
    EventSource, EventValue, Ground, GroundDropped, GroundEnded, GroundEvent, Handle, Observation,
    PresenceChange, ProcessHandle, Stopping, Subscription, TakeOnce, TraceGuard,
};
pub use handler_result::HandlerResult;
pub use inspection::Inspection;
pub use limits::{Limits, TooManyRestarts};
/// # Examples
///
/// ```
/// use marketplace_core::{Message, Pattern, topic};
///
/// #[derive(Debug, Message)]
/// enum Shape {
///     Circle { radius: u32 },
///     Polygon { corners: u32, name: String },
/// }
///
/// #[derive(Debug, Message)]
/// struct Drawn {
///     shape: Shape,
///     #[message(skip)]
///     pixels: Vec<u8>,
/// }
///
/// let pentagons = topic!(Drawn { shape: Shape::Polygon { corners: 5, name: _ }, .. });
/// let star = Shape::Polygon { corners: 5, name: "star".into() };
/// assert!(pentagons.matches(&Drawn { shape: star, pixels: vec![0; 64] }));
/// assert!(!pentagons.matches(&Drawn { shape: Shape::Circle { radius: 1 }, pixels: vec![] }));
/// ```
#[cfg_attr(
    feature = "serde",
    doc = r#"
Values and patterns serialized by serde, here as JSON:

```
use marketplace_core::{Message, Pattern, topic};
use serde::{Deserialize, Serialize};

#[derive(Debug, Message, Serialize, Deserialize)]
#[message(serde)]
struct Said {
    room: String,
    #[message(skip)]
    text: String,
}

let topic = topic!(Said { room: "lobby".into(), .. });
let sent = serde_json::to_string(&topic)?;
let arrived: SaidPattern = serde_json::from_str(&sent)?;
assert!(arrived == topic && arrived.matches(&Said { room: "lobby".into(), text: "hello".into() }));
# Ok::<(), serde_json::Error>(())
```
"#
)]
pub use marketplace_core_derive::Message;
pub use message::{AnyMessage, Message};
pub use pattern::{Difference, FloatLeaf, Leaf, OptionPattern, Pattern, Shape};
pub use pid::{EndpointId, Pid};
pub use task_context::{Sleep, TaskContext};

pub use reason::Reason;
pub use role::{Interest, Orientation, Role};
pub use snapshot::{EndpointSnapshot, ProcessSnapshot, Snapshot};
pub use spawn::Spawn;
pub use status::ProcessStatus;
pub use supervisor::{
    ChangeChildren, Child, ChildRefused, ChildState, ChildStatus, Children, Restart, Strategy, Supervisor,
};
pub use task::Task;
pub use topic::Topic;
pub use trace::{FlightRecorder, Spans, Spy, Trace, TraceEvent, TraceScope};
pub use value::Value;
pub use vm::VirtualMachine;
