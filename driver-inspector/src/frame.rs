//! What the page is sent: one frame after another, each with what has changed of all that is in sight.
//!
//! Numbers of processes are the page's own: unlike a `Pid`, one means the same in all VMs and grounds. What is bounded
//! says so beside it.

use std::sync::Arc;

use serde::Serialize;

/// The number of a process; of a ground, which is the root of a tree.
pub(crate) type Number = u64;

/// One event of the stream.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Frame {
    /// Always there.
    pub(crate) status: Status,
    /// Where the tree or its window has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tree: Option<Tree>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) graph: Option<Graph>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) process: Option<Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timeline: Option<Timeline>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) numbers: Option<Numbers>,
}

/// How the program and its inspection are.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Status {
    /// The program's title.
    pub(crate) title: String,
    /// Seconds since the inspector was made.
    pub(crate) time: f64,
    pub(crate) state: State,
    /// Why the program has ended, if with an error; which turn does not end, if it is stuck.
    pub(crate) reason: Option<String>,
    /// One in so many messages is shown; 1 if all are.
    pub(crate) sampling: u64,
    /// How many happenings have not been shown since the page was opened, since there were too many.
    pub(crate) unseen: u64,
    /// Whether values of messages can be shown, and whether they are.
    pub(crate) values: Values,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Values {
    /// This page has not asked for them.
    #[default]
    Hidden,
    Shown,
    /// The program does not let anybody see them.
    Forbidden,
}

/// How a process, or a ground, is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// It waits for something to happen.
    #[default]
    Idle,
    /// It has taken turns since it was looked at last, or has actions waiting.
    Busy,
    /// It is in a turn that has gone on for more than a second, and nobody else can take one.
    Stuck,
    /// It takes no more turns.
    Leaving,
    /// It has left with an error. Shown for some time.
    Failed,
    /// It has left without one. Shown for some time.
    Left,
}

/// The rows of the tree that are in sight.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Tree {
    /// How many rows there are in all.
    pub(crate) total: usize,
    /// Which of them is the first here.
    pub(crate) from: usize,
    pub(crate) rows: Vec<Row>,
}

/// A process, or a ground, in the tree.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Row {
    pub(crate) number: Number,
    /// How many VMs it is in: a ground 0.
    pub(crate) depth: usize,
    pub(crate) kind: Kind,
    /// Its name; a ground has the program's title, a process without a name an empty one.
    pub(crate) name: String,
    /// As the log has it, such as `Pid(3)`.
    pub(crate) pid: String,
    /// Seconds since it started; nothing, if that was before the inspector.
    pub(crate) age: Option<f64>,
    pub(crate) turns: u64,
    pub(crate) pending: usize,
    /// How often a supervisor has put another in its place, or, for a supervisor, how often it has done so.
    pub(crate) restarts: u64,
    pub(crate) state: State,
    /// Why it leaves, has left or has failed.
    pub(crate) reason: Option<String>,
    /// How many processes are in it, if it is a VM, all levels.
    pub(crate) inside: usize,
    /// Whether the rows of those inside follow.
    pub(crate) open: bool,
    pub(crate) endpoints: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Ground,
    Vm,
    #[default]
    Process,
}

/// The conversations in a VM, laid out. Lengths are in pixels of a page that is not zoomed.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Graph {
    /// The VM.
    pub(crate) vm: Number,
    pub(crate) name: String,
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// At most 200.
    pub(crate) nodes: Vec<Node>,
    /// At most 500.
    pub(crate) edges: Vec<Edge>,
    /// How many processes and conversations are beyond these limits.
    pub(crate) hidden_processes: usize,
    pub(crate) hidden_edges: usize,
    /// Conversations were looked for with so many members of a large group, instead of with all; 0, if with all.
    pub(crate) sampled_members: usize,
}

/// A process, or a group of equal ones.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Node {
    /// Stays the same from one frame to the next.
    pub(crate) key: String,
    pub(crate) label: String,
    /// The process, if it is one.
    pub(crate) process: Option<Number>,
    /// How many it stands for.
    pub(crate) count: usize,
    pub(crate) kind: Kind,
    pub(crate) state: State,
    /// Why it is gone, if it is; such a node fades.
    pub(crate) reason: Option<String>,
    /// Whether its group can be opened, or, by any member of it, closed: the group's key.
    pub(crate) group: Option<String>,
    /// The middle.
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// The conversations of one type between two nodes, from publisher to subscriber.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Edge {
    pub(crate) key: String,
    pub(crate) from: String,
    pub(crate) to: String,
    /// The type's name without its path.
    #[serde(rename = "type")]
    pub(crate) message_type: String,
    /// What the conversations are about, as it is written in code; of several, how many.
    pub(crate) topic: String,
    pub(crate) conversations: usize,
    /// Whether in each of them one of the two only observes.
    pub(crate) is_observer: bool,
    /// Messages from publisher to subscriber, and feedback, that were shown since the last frame.
    pub(crate) messages: u64,
    pub(crate) feedback: u64,
    /// Where it runs, from node to node.
    pub(crate) points: Vec<[f64; 2]>,
}

/// The process that is looked at.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Detail {
    pub(crate) row: Row,
    /// The names of the VMs around it, the ground first.
    pub(crate) path: Vec<String>,
    /// Who asked for it.
    pub(crate) started_by: Option<String>,
    /// At most 100.
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) hidden_endpoints: usize,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Endpoint {
    /// Its number in its network.
    pub(crate) id: u64,
    /// The VM in whose network it is.
    pub(crate) vm: Number,
    pub(crate) name: String,
    /// As it is written in code: `subscriber(topic!(Said { room: "lobby", .. }))`.
    pub(crate) role: String,
    #[serde(rename = "type")]
    pub(crate) message_type: String,
    pub(crate) is_meta: bool,
    /// The kinds of event that it handles, such as `messages`.
    pub(crate) handles: Vec<&'static str>,
    /// At most 50.
    pub(crate) peers: Vec<Peer>,
    pub(crate) hidden_peers: usize,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Peer {
    pub(crate) process: Number,
    pub(crate) process_name: String,
    pub(crate) endpoint: String,
    /// What both are about.
    pub(crate) conversation: String,
}

/// Why somebody hears a topic, and others do not: the answer to a question.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Explanation {
    pub(crate) topic: String,
    #[serde(rename = "type")]
    pub(crate) message_type: String,
    /// The name of the VM for which it is asked.
    pub(crate) vm: String,
    /// Whether a participant would take such a message.
    pub(crate) is_taken: bool,
    /// Whether the topic was typed, and so was compared with the others as text.
    pub(crate) is_typed: bool,
    /// Hearers, speakers, and last those who are apart; at most 200.
    pub(crate) endpoints: Vec<Explained>,
    pub(crate) hidden_endpoints: usize,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Explained {
    pub(crate) process: Option<Number>,
    pub(crate) process_name: String,
    pub(crate) endpoint: String,
    pub(crate) role: String,
    pub(crate) relation: Relation,
    /// In words.
    pub(crate) says: String,
    /// The first position that differs, such as `destination.port`, and what stands there, here and over there.
    pub(crate) difference: Option<Difference>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Relation {
    Hears,
    Speaks,
    #[default]
    Apart,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Difference {
    pub(crate) field: String,
    pub(crate) asked: String,
    pub(crate) theirs: String,
}

/// What has been recorded since the last frame and passes the page's filter; at most 500.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Timeline {
    /// Whether these replace what the page has, because its filter is another one.
    pub(crate) anew: bool,
    pub(crate) records: Vec<Arc<Record>>,
    /// How many more there were.
    pub(crate) hidden: u64,
}

/// Something that happened.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Record {
    /// Grows by the order in which things happened.
    pub(crate) number: u64,
    /// Seconds since the inspector was made.
    pub(crate) time: f64,
    pub(crate) what: What,
    /// In which VM.
    pub(crate) vm: Number,
    pub(crate) process: Number,
    pub(crate) process_name: Arc<str>,
    /// For a presence and an absence, whose; for a delivery, from whom the message came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peer: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peer_name: Option<Arc<str>>,
    /// The endpoint of the process that it is about, and for presence and absence the peer's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peer_endpoint: Option<u64>,
    /// The same for all that happens to one message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<u64>,
    /// Whether the message is feedback.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) is_feedback: bool,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) message_type: Option<Arc<str>>,
    /// The message's value, if values are shown; the topic of an endpoint or a conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<Arc<str>>,
    /// Why a process or an endpoint went; why nobody took a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<Arc<str>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum What {
    #[default]
    Started,
    Leaving,
    Left,
    Failed,
    Restarted,
    Added,
    Deleted,
    Presence,
    Absence,
    Sent,
    Delivered,
    Dropped,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// How much happens, and how much there is.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Numbers {
    /// The whole of the last five minutes in the first frame, then what is new; one a second.
    pub(crate) seconds: Vec<Second>,
    /// Since the program began.
    pub(crate) total: Totals,
    /// At most 100, the busiest first.
    pub(crate) vms: Vec<VmRates>,
    /// At most 100, the busiest first; counted only while a page is open.
    pub(crate) types: Vec<TypeRates>,
}

/// One second.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Second {
    pub(crate) time: f64,
    /// A second's.
    pub(crate) messages: f64,
    pub(crate) deliveries: f64,
    pub(crate) dropped: f64,
    pub(crate) turns: f64,
    /// At its end.
    pub(crate) processes: usize,
    pub(crate) endpoints: usize,
    pub(crate) pending: usize,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Totals {
    pub(crate) messages: u64,
    pub(crate) deliveries: u64,
    pub(crate) dropped: u64,
    pub(crate) turns: u64,
    pub(crate) crashes: u64,
    pub(crate) restarts: u64,
    pub(crate) processes: usize,
    pub(crate) endpoints: usize,
    pub(crate) pending: usize,
}

/// A VM without those inside it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct VmRates {
    pub(crate) vm: Number,
    pub(crate) name: String,
    pub(crate) now: Second,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct TypeRates {
    #[serde(rename = "type")]
    pub(crate) message_type: Arc<str>,
    /// A second's.
    pub(crate) messages: f64,
    pub(crate) deliveries: f64,
    pub(crate) dropped: f64,
    /// Since the first page was opened that is open now.
    pub(crate) total: u64,
}
