//! What happens in all grounds, as their traces report it, and what of that breaks the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use driver_link::{GroundId, LinkLost, LinkPressure, Linked};
use marketplace_core::{
    AnyMessage, EndpointId, Orientation, Pattern as _, Pid, Reason, Role, Trace, TraceEvent,
};

use super::vocabulary::{About, Part, read};

/// Everything that has happened. A ground that is started again is a new one here.
#[derive(Default)]
pub(crate) struct Record {
    pub(crate) grounds: Vec<Ground>,
    pub(crate) sent: BTreeMap<usize, Sent>,
    /// How often an endpoint has received a message.
    pub(crate) heard: BTreeMap<(usize, usize), usize>,
    /// The owner of an endpoint: a ground, and a process in it.
    owners: BTreeMap<usize, (usize, String)>,
    /// The last message from a process that an endpoint has received.
    last: BTreeMap<(usize, String, usize), usize>,
    pub(crate) faults: Vec<String>,
    pub(crate) story: Vec<String>,
}

/// The state of a ground.
pub(crate) struct Ground {
    /// What it shares: what may be sent and what may be received.
    shared: Vec<(About, About)>,
    link: Option<String>,
    pub(crate) is_over: bool,
    /// The endpoints of the program's processes.
    pub(crate) endpoints: BTreeMap<EndpointId, Part>,
    /// The numbers of all endpoints, including deleted ones.
    numbers: BTreeMap<EndpointId, usize>,
    /// The peers of each endpoint: those whose presence it has received, and not their absence.
    pub(crate) peers: BTreeMap<(EndpointId, EndpointId), Part>,
    pub(crate) mirrors: BTreeMap<EndpointId, Part>,
    /// The mirrors that were deleted because their link was lost.
    pub(crate) lost: BTreeSet<EndpointId>,
    pub(crate) linked: BTreeMap<EndpointId, GroundId>,
    /// The endpoints that publish that a ground is too slow.
    pub(crate) pressure: BTreeSet<EndpointId>,
}

/// A message, and the state when it was sent.
pub(crate) struct Sent {
    pub(crate) ground: usize,
    process: String,
    pub(crate) about: About,
    pub(crate) mirrors: BTreeMap<EndpointId, Part>,
    /// The sender's own endpoints.
    own: Vec<Part>,
    /// The endpoints in its ground that have to receive it.
    pub(crate) near: Vec<usize>,
}

/// The trace of a ground, which writes to the record.
pub(crate) struct Log {
    pub(crate) ground: usize,
    pub(crate) record: Arc<Mutex<Record>>,
}

pub(crate) fn lock(record: &Mutex<Record>) -> MutexGuard<'_, Record> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Record {
    /// Adds a ground that shares this.
    pub(crate) fn add_ground(&mut self, shared: Vec<(About, About)>) -> usize {
        self.grounds.push(Ground::new(shared));
        self.grounds.len() - 1
    }

    /// The part of the messages about this that the filters let pass from one ground to another.
    pub(crate) fn passes(&self, from: usize, to: usize, about: About) -> Option<About> {
        let (outward, _) = self.filters(from, about)?;
        let (_, inward) = self.filters(to, about)?;
        about.intersection(outward)?.intersection(inward)
    }

    /// The part of an endpoint in one ground that is mirrored in another. For a subscriber, it is the part for which
    /// messages can arrive.
    pub(crate) fn seen(&self, from: usize, to: usize, part: &Part) -> Option<Part> {
        let about = self.passes(from, to, part.about)?;
        let about = match part.orientation {
            Orientation::Publisher => about,
            Orientation::Subscriber => self.passes(to, from, about)?,
        };
        Some(Part { about, ..part.clone() })
    }

    /// What may be sent from a ground, and what it may receive.
    fn filters(&self, ground: usize, about: About) -> Option<(About, About)> {
        self.grounds[ground].shared.iter().find(|(outward, _)| outward.kind == about.kind).copied()
    }

    pub(crate) fn tell(&mut self, line: String) {
        self.story.push(line);
    }

    fn fault(&mut self, fault: String) {
        self.story.push(format!("  !! {fault}"));
        self.faults.push(fault);
    }

    fn added(&mut self, ground: usize, pid: &Pid, id: EndpointId, role: &Role) {
        let is_links = self.is_link(ground, pid);
        let here = &mut self.grounds[ground];
        match Part::of(role) {
            Some(part) if is_links && !part.numbers.is_empty() => {
                self.story.push(format!("  in {ground} a mirror comes: {part:?}"));
                here.mirrors.insert(id, part);
            }
            Some(part) if !is_links => {
                let number = part.numbers[0];
                here.numbers.insert(id, number);
                self.owners.insert(number, (ground, format!("{pid:?}")));
                here.endpoints.insert(id, part);
            }
            _ => {
                let linked = role.topic.downcast_ref::<Linked>().and_then(|linked| linked.ground.value());
                linked.filter(|_| is_links).map(|linked| here.linked.insert(id, linked));
                if role.topic.downcast_ref::<LinkPressure>().is_some() {
                    here.pressure.insert(id);
                }
            }
        }
    }

    fn deleted(&mut self, ground: usize, id: EndpointId, reason: &Reason) {
        let here = &mut self.grounds[ground];
        here.endpoints.remove(&id);
        here.linked.remove(&id);
        here.pressure.remove(&id);
        if let Some(mirror) = here.mirrors.remove(&id) {
            self.story.push(format!("  in {ground} a mirror goes: {mirror:?}: {reason}"));
            if reason.downcast_ref::<LinkLost>().is_some() {
                here.lost.insert(id);
            }
        }
    }

    fn is_link(&self, ground: usize, pid: &Pid) -> bool {
        self.grounds[ground].link.as_ref().is_some_and(|link| *link == format!("{pid:?}"))
    }

    /// Presence and absence have to alternate: rule S7.
    fn presence(&mut self, ground: usize, id: EndpointId, peer: EndpointId, role: &Role, is_here: bool) {
        let here = &mut self.grounds[ground];
        let (Some(number), Some(part)) = (here.numbers.get(&id), Part::of(role)) else { return };
        let number = *number;
        let known = match is_here {
            true => here.peers.insert((id, peer), part.clone()).is_none(),
            false => here.peers.remove(&(id, peer)) == Some(part.clone()),
        };
        if !known {
            let what = if is_here { "presence" } else { "absence" };
            self.fault(format!("{number} is told of the {what} of {part:?} out of turn"));
        }
    }

    fn sends(&mut self, ground: usize, pid: &Pid, orientation: Orientation, message: &AnyMessage) {
        let Some((about, number)) = read(message).filter(|_| !self.is_link(ground, pid)) else { return };
        let here = &self.grounds[ground];
        let is_to =
            |part: &Part| part.orientation != orientation && part.about.intersection(about) == Some(about);
        let endpoints = here.endpoints.values();
        let near = endpoints.clone().filter(|part| is_to(part)).map(|part| part.numbers[0]).collect();
        let process = format!("{pid:?}");
        let is_own =
            |part: &&Part| self.owners.get(&part.numbers[0]).is_some_and(|(_, owner)| *owner == process);
        let own = endpoints.filter(is_own).cloned().collect();
        let mirrors = here.mirrors.iter().filter(|(_, part)| is_to(part));
        let mirrors = mirrors.map(|(id, part)| (*id, part.clone())).collect();
        self.sent.insert(number, Sent { ground, process, about, mirrors, own, near });
        self.tell(format!(
            "  in {ground} {process_name} sends {number}",
            process_name = format_args!("{pid:?}")
        ));
    }

    /// Each message is received once, in the order in which its process sent them, and after that process' own
    /// presence: rule S5.
    fn hears(&mut self, ground: usize, id: EndpointId, message: &AnyMessage) {
        let (Some(endpoint), Some((_, number))) =
            (self.grounds[ground].numbers.get(&id).copied(), read(message))
        else {
            return;
        };
        self.tell(format!("  in {ground} {endpoint} hears {number}"));
        let Some(sent) = self.sent.get(&number) else {
            return self.fault(format!("{endpoint} hears {number}, which nobody has sent"));
        };
        let sender = (sent.ground, sent.process.clone(), endpoint);
        if sent.ground != ground && self.passes(sent.ground, ground, sent.about).is_none() {
            self.fault(format!("{endpoint} hears {number}, which the filters keep back"));
        }
        let Some(sent) = self.sent.get(&number) else { return };
        let overtaken = if sent.ground == ground { Vec::new() } else { self.overtaken(ground, id, sent) };
        overtaken.into_iter().for_each(|line| self.fault(format!("message {number}: {line}")));
        let times = self.heard.entry((number, endpoint)).or_default();
        *times += 1;
        if *times > 1 {
            self.fault(format!("{endpoint} hears {number} twice"));
        }
        if let Some(last) = self.last.insert(sender, number).filter(|last| *last > number) {
            self.fault(format!("{endpoint} hears {number} after {last}"));
        }
    }

    /// Changes that the sender made before it sent a message, and that an endpoint has not received when it receives
    /// the message.
    fn overtaken(&self, ground: usize, id: EndpointId, sent: &Sent) -> Vec<String> {
        let here = &self.grounds[ground];
        let Some(endpoint) = here.endpoints.get(&id) else { return Vec::new() };
        let told = here.peers.range((id, EndpointId(0))..=(id, EndpointId(u64::MAX)));
        let told: BTreeSet<_> = told.flat_map(|(_, part)| part.numbers.clone()).collect();
        let is_to_be_told = |part: &&Part| {
            self.seen(sent.ground, ground, part).is_some_and(|seen| endpoint.told_of(&seen).is_some())
        };
        let missing = sent.own.iter().filter(is_to_be_told).filter(|part| !told.contains(&part.numbers[0]));
        let missing = missing.map(|part| format!("{endpoint:?} is not told of {part:?}"));
        let is_stale = |number: &&usize| {
            let owner = self.owners.get(number);
            let is_senders =
                owner.is_some_and(|(ground, owner)| *ground == sent.ground && *owner == sent.process);
            is_senders && sent.own.iter().all(|part| part.numbers[0] != **number)
        };
        let stale = told.iter().filter(is_stale);
        missing.chain(stale.map(|number| format!("{endpoint:?} still sees {number}"))).collect()
    }
}

impl Ground {
    const fn new(shared: Vec<(About, About)>) -> Self {
        Self {
            shared,
            link: None,
            is_over: false,
            endpoints: BTreeMap::new(),
            numbers: BTreeMap::new(),
            peers: BTreeMap::new(),
            mirrors: BTreeMap::new(),
            lost: BTreeSet::new(),
            linked: BTreeMap::new(),
            pressure: BTreeSet::new(),
        }
    }
}

impl Trace for Log {
    fn trace(&self, _: &[Pid], event: &TraceEvent<'_>) {
        let mut record = lock(&self.record);
        if record.grounds[self.ground].is_over {
            return;
        }
        match *event {
            TraceEvent::ProcessStarted { pid, name: Some(name), .. } if name.starts_with("link") => {
                record.grounds[self.ground].link = Some(format!("{pid:?}"));
            }
            TraceEvent::ProcessLeft { pid, reason, .. } if record.is_link(self.ground, pid) => {
                record.fault(format!("the link of {} has left: {reason}", self.ground));
            }
            TraceEvent::EndpointAdded { pid, id, role, .. } => record.added(self.ground, pid, id, role),
            TraceEvent::EndpointDeleted { id, reason, .. } => record.deleted(self.ground, id, reason),
            TraceEvent::Presence { id, peer, role, .. } => record.presence(self.ground, id, peer, role, true),
            TraceEvent::Absence { id, peer, role, .. } => record.presence(self.ground, id, peer, role, false),
            TraceEvent::MessageSent { pid, orientation, message } => {
                record.sends(self.ground, pid, orientation, message);
            }
            TraceEvent::MessageDelivered { id, message, .. } => record.hears(self.ground, id, message),
            _ => {}
        }
    }
}

/// If two lists differ, returns the differences.
pub(crate) fn same<T: Debug + Ord>(what: &str, told: &[T], should: &[T]) -> Option<String> {
    let missing: Vec<_> = difference(should, told);
    let stale: Vec<_> = difference(told, should);
    (!missing.is_empty() || !stale.is_empty())
        .then(|| format!("{what}: missing {missing:?}, too many {stale:?}"))
}

/// The elements that occur more often in the first list than in the second.
fn difference<'a, T: Ord>(of: &'a [T], to: &[T]) -> Vec<&'a T> {
    let count = |list: &[T], item: &T| list.iter().filter(|other| *other == item).count();
    let mut rest: Vec<_> = of.iter().filter(|item| count(of, item) > count(to, item)).collect();
    rest.sort();
    rest.dedup();
    rest
}
