//! Explanations: who has to do with the messages of a topic, and what keeps the others apart.

use std::fmt::{self, Display};
use std::sync::Arc;

use crate::{Difference, EndpointSnapshot, EventKinds, Interest, Orientation, Pid, Topic};

/// Who would hear messages of a topic that are sent in a VM, who could speak to those who hear them, and what keeps
/// apart all others that are about messages of the same type; from [`Handle::explain`](crate::Handle::explain),
/// [`Context::explain`](crate::Context::explain) or [`Snapshot::explain`](crate::Snapshot::explain).
///
/// An endpoint has to do with a topic if some message is described by the topic and by the endpoint's. For feedback it is
/// the other way round: publishers hear it.
///
/// Shown, it says so in words, with a line for each endpoint. This runs users' `Debug`; nothing else here does.
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
///     cx.subscriber(topic!(Packet { destination: Address { port: 6000 } })).named("ears");
/// });
/// let program = Ground::new().spawn(server.named("server"));
/// let mut handle = program.handle();
/// let look = async move { handle.explain(topic!(Packet { destination: Address { port: 5999 } })).await };
/// let (ended, explanation) = block_on(async { join!(program.run(), look) });
/// ended?;
/// let explanation = explanation?;
/// assert!(!explanation.is_received());
/// assert_eq!(
///     explanation.endpoints[0].to_string(),
///     "\"ears\" of server (Pid(1)), a subscriber, is apart: destination.port: 5999 is not 6000",
/// );
/// println!("{explanation}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// What was asked about.
    pub topic: Topic,
    /// The endpoints, in this VM and in all others, that are about messages of the topic's type.
    pub endpoints: Vec<ExplainedEndpoint>,
}

/// An endpoint in an [`Explanation`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExplainedEndpoint {
    /// The process that has it.
    pub process: ProcessName,
    /// The endpoint.
    pub endpoint: EndpointSnapshot,
    /// In which network it is, seen from the VM for which this is the explanation.
    pub location: Location,
    /// The first part of the message in which the topic asked about differs from the endpoint's; `None` if they meet.
    pub difference: Option<Difference>,
}

/// Where an endpoint is, seen from a VM. One that is elsewhere is reached by a relay only, or, if it is in the VM around,
/// by [`Context::meta`](crate::Context::meta).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the VM's own network.
    Here,
    /// In that of the VM around it, or so many further out.
    Outer(usize),
    /// In a nested VM's; the VMs that lead there, the outermost first.
    Nested(Vec<ProcessName>),
    /// In another branch of the tree; the VMs that lead there from the ground, the outermost first.
    Elsewhere(Vec<ProcessName>),
}

/// A process by its identity and the name that it was given; shown as `name (Pid(4))`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessName {
    /// Its identity.
    pub pid: Pid,
    /// Its name, if it was given one.
    pub name: Option<Arc<str>>,
}

impl Explanation {
    /// The subscribers that would hear such a message. If none is a participant, nobody takes it (rule S5).
    pub fn receivers(&self) -> impl Iterator<Item = &ExplainedEndpoint> {
        self.matching(Orientation::Subscriber)
    }

    /// The publishers of such messages.
    pub fn senders(&self) -> impl Iterator<Item = &ExplainedEndpoint> {
        self.matching(Orientation::Publisher)
    }

    /// All others.
    pub fn unmatched(&self) -> impl Iterator<Item = &ExplainedEndpoint> {
        self.endpoints.iter().filter(|it| !it.matches())
    }

    /// Whether there is a participant to take such a message: whether it would not be dropped.
    #[must_use]
    pub fn is_received(&self) -> bool {
        self.receivers().any(|it| it.takes_part())
    }

    fn matching(&self, orientation: Orientation) -> impl Iterator<Item = &ExplainedEndpoint> {
        self.endpoints.iter().filter(move |it| it.matches() && it.endpoint.role.orientation == orientation)
    }
}

impl ExplainedEndpoint {
    /// Whether nothing keeps it apart: it is in this VM, and its topic meets the one asked about.
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
            (location, Some(difference)) => write!(f, "is in another network: {location}, and does not match: {difference}"),
        }
    }
}

impl ExplainedEndpoint {
    /// What it does, where nothing keeps it apart.
    fn part(&self) -> &'static str {
        let handles = self.endpoint.kinds.contains(EventKinds::MESSAGE);
        match (self.endpoint.role.orientation, self.takes_part(), handles) {
            (Orientation::Subscriber, true, true) => "receives it",
            (Orientation::Subscriber, true, false) => {
                "receives it, but has no handler for messages"
            }
            (Orientation::Subscriber, false, true) => "observes it, which does not count as receiving it",
            (Orientation::Subscriber, false, false) => "observes the senders, and has no handler for messages",
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
