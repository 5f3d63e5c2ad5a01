//! What happened, in order: written by the VM's processes and by the model's alike, and compared as text.

use std::collections::HashMap;
use std::fmt::{self, Debug, Display};

use super::program::Endpoint;
use super::vocabulary::{Content, TreeRole};

/// One thing that happened. Processes are numbered in the order in which they boot.
pub(crate) enum Line {
    /// A process took a turn, for the event with this token.
    Seen(usize, usize, Seen),
    /// A future was polled that a process had requested with this token.
    Polled(usize, usize),
    /// Nothing was left to do at that moment. These processes were alive.
    Left(Vec<usize>),
    /// How many messages a VM dropped. The outermost VM has no number.
    Dropped(Option<usize>, u64),
}

/// An event, without its token.
#[derive(Clone)]
pub(crate) enum Seen {
    Boot,
    Presence(TreeRole),
    Absence(TreeRole, String),
    Message(Content),
    Settled(usize),
    Closed,
    Spawned(usize),
    Ended(usize, String),
    Resumed,
    Completed(usize),
}

pub(crate) fn text(trace: &[Line]) -> String {
    trace.iter().map(|line| format!("{line}\n")).collect()
}

/// Checks that each endpoint receives absences of exactly those endpoints whose presence it received, that it has
/// received all initial presences before `Settled`, and that at the end `witness`, which is never killed, sees only
/// itself.
///
/// Peers of equal conversation and interest look the same to an endpoint, so the check counts them.
pub(crate) fn check_presence(trace: &[Line], witness: usize) {
    let mut present: HashMap<(usize, Endpoint), Vec<&TreeRole>> = HashMap::new();
    for line in trace {
        let Line::Seen(process, token, seen) = line else { continue };
        let Some(endpoint) = Endpoint::of_token(*token).filter(|endpoint| endpoint.sees_all()) else {
            continue;
        };
        let peers = present.entry((*process, endpoint)).or_default();
        match seen {
            Seen::Presence(role) => peers.push(role),
            Seen::Absence(role, _) => {
                let position = peers.iter().position(|peer| *peer == role);
                peers.remove(position.unwrap_or_else(|| panic!("absence without presence: {line}")));
            }
            Seen::Settled(count) => assert_eq!(peers.len(), *count, "{line}: {peers:?}"),
            _ => {}
        }
    }
    for ((process, _), peers) in present {
        // Each of the witness' endpoints sees another endpoint of the witness.
        assert!(process != witness || peers.len() == 1, "not withdrawn: {peers:?}");
    }
}

impl Seen {
    /// The name of the kind of event.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Boot => "boot",
            Self::Presence(_) => "presence",
            Self::Absence(..) => "absence",
            Self::Message(_) => "message",
            Self::Settled(_) => "settled",
            Self::Closed => "closed",
            Self::Spawned(_) => "spawned",
            Self::Ended(..) => "ended",
            Self::Resumed => "resumed",
            Self::Completed(_) => "completed",
        }
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seen(process, token, seen) => write!(f, "{process} @{token} {seen:?}"),
            Self::Polled(process, token) => write!(f, "{process} @{token} polled"),
            Self::Left(processes) => write!(f, "left: {processes:?}"),
            Self::Dropped(vm, count) => write!(f, "{vm:?} dropped {count}"),
        }
    }
}

impl Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boot => f.write_str("boot"),
            Self::Presence(role) => write!(f, "presence of {role:?}"),
            Self::Absence(role, reason) => write!(f, "absence of {role:?}: {reason}"),
            Self::Message(content) => write!(f, "message {content:?}"),
            Self::Settled(peers) => write!(f, "settled with {peers}"),
            Self::Closed => f.write_str("closed"),
            Self::Spawned(process) => write!(f, "spawned {process}"),
            Self::Ended(process, reason) => write!(f, "{process} has ended: {reason}"),
            Self::Resumed => f.write_str("resumed"),
            Self::Completed(output) => write!(f, "completed with {output}"),
        }
    }
}
