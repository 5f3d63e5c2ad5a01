//! Explanations: which endpoints receive and send the messages of a topic, and why other endpoints do not.

use std::fmt::{self, Display};
use std::sync::Arc;

use crate::{Difference, EndpointSnapshot, EventKinds, Interest, Orientation, Pid, Topic};

/// Says which endpoints receive the messages of a topic, which endpoints send them, and why all other endpoints for
/// messages of the same type do not match.
///
/// When a message does not arrive, get one from [`Handle::explain`](crate::Handle::explain),
/// [`Context::explain`](crate::Context::explain) or [`Snapshot::explain`](crate::Snapshot::explain), and print it.
///
/// An endpoint matches if some message matches both the topic and the endpoint's topic. For feedback the direction is
/// the opposite: publishers receive it.
///
/// `Display` has a line for each endpoint. It runs users' `Debug`; nothing else here does.
///
/// # Examples
///
/// ```
/// use futures::{executor::block_on, join};
/// use marketplace_core::{Ground, Message, Spawn, topic};
///
/// #[derive(Debug, Message)]
/// struct Packet {
///     destination: Address,
/// }
///
/// #[derive(Debug, Message)]
/// struct Address {
///     port: u16,
/// }
///
/// # fn main() -> anyhow::Result<()> {
/// let server = Spawn::new((), |(), cx| {
///     cx.subscriber(topic!(Packet { destination: Address { port: 6000 } })).named("input");
/// });
/// let program = Ground::new().spawn(server.named("server"));
/// let mut handle = program.handle();
/// let explaining = async move { handle.explain(topic!(Packet { destination: Address { port: 5999 } })).await };
/// let (ended, explanation) = block_on(async { join!(program.run(), explaining) });
/// ended?;
/// let explanation = explanation?;
/// assert!(!explanation.is_received());
/// assert_eq!(
///     explanation.endpoints[0].to_string(),
///     "\"input\" of server (Pid(1)), a subscriber, does not match: destination.port: 5999 is not 6000",
/// );
/// println!("{explanation}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// The topic that is explained.
    pub topic: Topic,
    /// All endpoints of the program whose topics are about messages of this type, in this VM and in all others.
    pub endpoints: Vec<ExplainedEndpoint>,
}

/// An endpoint in an [`Explanation`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExplainedEndpoint {
    /// The process that has the endpoint.
    pub process: ProcessName,
    /// The endpoint.
    pub endpoint: EndpointSnapshot,
    /// The network of the endpoint, seen from the VM for which this is the explanation.
    pub location: Location,
    /// The first part of the message in which the topic differs from the endpoint's. `None` if they intersect.
    pub difference: Option<Difference>,
}

/// Where an endpoint is, seen from a VM. An endpoint in another network is reached only by a relay, or, if it is in
/// the containing VM, by [`Context::meta`](crate::Context::meta).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the VM's own network.
    Here,
    /// In the network of a containing VM: 1 is the VM that contains this one, 2 the VM that contains that one.
    Outer(usize),
    /// In the network of a nested VM. These are the VMs that lead to it, the outermost first.
    Nested(Vec<ProcessName>),
    /// In another branch of the tree. These are the VMs that lead to it from the ground, the outermost first.
    Elsewhere(Vec<ProcessName>),
}

/// A process by its identity and its name. `Display` shows it as `name (Pid(4))`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessName {
    /// The process.
    pub pid: Pid,
    /// Its name, if it has one.
    pub name: Option<Arc<str>>,
}

impl Explanation {
    /// The subscribers that would receive such a message. If none of them is a participant, the message is dropped
    /// (rule S5).
    pub fn receivers(&self) -> impl Iterator<Item = &ExplainedEndpoint> {
        self.matching(Orientation::Subscriber)
    }

    /// The publishers of such messages.
    pub fn senders(&self) -> impl Iterator<Item = &ExplainedEndpoint> {
        self.matching(Orientation::Publisher)
    }

    /// All other endpoints.
    pub fn unmatched(&self) -> impl Iterator<Item = &ExplainedEndpoint> {
        self.endpoints.iter().filter(|it| !it.matches())
    }

    /// Whether a participant would receive such a message. Otherwise it would be dropped.
    #[must_use]
    pub fn is_received(&self) -> bool {
        self.receivers().any(|it| it.takes_part())
    }

    fn matching(&self, orientation: Orientation) -> impl Iterator<Item = &ExplainedEndpoint> {
        self.endpoints.iter().filter(move |it| it.matches() && it.endpoint.role.orientation == orientation)
    }
}

impl ExplainedEndpoint {
    /// Whether the endpoint matches: it is in this VM, and its topic intersects the explained one.
    #[must_use]
    pub fn matches(&self) -> bool {
        self.location == Location::Here && self.difference.is_none()
    }

    fn takes_part(&self) -> bool {
        self.endpoint.role.interest == Interest::Participant
    }
}

impl Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({}): ", self.topic, self.topic.type_name())?;
        if self.endpoints.is_empty() {
            return write!(f, "no endpoint in the program has a topic of this type");
        }
        let (receivers, senders) = (self.receivers().count(), self.senders().count());
        let note = if receivers > 0 && !self.is_received() { " (none is a participant)" } else { "" };
        write!(f, "receivers: {receivers}{note}, senders: {senders}")?;
        let unmatched = self.unmatched();
        self.receivers().chain(self.senders()).chain(unmatched).try_for_each(|it| write!(f, "\n  {it}"))
    }
}

impl Display for ExplainedEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { process, endpoint, location, difference } = self;
        let orientation = match endpoint.role.orientation {
            Orientation::Publisher => "publisher",
            Orientation::Subscriber => "subscriber",
        };
        let interest = match endpoint.role.interest {
            Interest::Participant => "",
            Interest::Observer => " that observes",
            Interest::Everything => " that observes everything",
        };
        write!(f, "{:?} of {process}, a {orientation}{interest}, ", endpoint.name)?;
        match (location, difference) {
            (Location::Here, None) => f.write_str(self.part()),
            (Location::Here, Some(difference)) => write!(f, "does not match: {difference}"),
            (location, None) => write!(f, "is in another network: {location}"),
            (location, Some(difference)) => {
                write!(f, "is in another network: {location}, and does not match: {difference}")
            }
        }
    }
}

impl ExplainedEndpoint {
    /// What an endpoint that matches does with the message.
    fn part(&self) -> &'static str {
        let handles = self.endpoint.kinds.contains(EventKinds::MESSAGE);
        match (self.endpoint.role.orientation, self.takes_part(), handles) {
            (Orientation::Subscriber, true, true) => "receives it",
            (Orientation::Subscriber, true, false) => "receives it, but has no handler for messages",
            (Orientation::Subscriber, false, true) => "observes it, which does not count as receiving it",
            (Orientation::Subscriber, false, false) => {
                "observes the senders, and has no handler for messages"
            }
            (Orientation::Publisher, true, _) => "sends such messages, and does not receive them",
            (Orientation::Publisher, false, _) => "observes the receivers, and does not receive it",
        }
    }
}

impl Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here => f.write_str("in this VM"),
            Self::Outer(1) => f.write_str("in the containing VM"),
            Self::Outer(levels) => write!(f, "in the VM {levels} levels further out"),
            Self::Nested(vms) => {
                f.write_str("in the nested VM ")?;
                show_path(vms, f)
            }
            Self::Elsewhere(vms) => {
                f.write_str("in another branch of the program, in the VM ")?;
                show_path(vms, f)
            }
        }
    }
}

fn show_path(vms: &[ProcessName], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, vm) in vms.iter().enumerate() {
        let separator = if at == 0 { "" } else { " / " };
        write!(f, "{separator}{vm}")?;
    }
    Ok(())
}

impl Display for ProcessName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} ({:?})", self.pid),
            None => write!(f, "{:?}", self.pid),
        }
    }
}
