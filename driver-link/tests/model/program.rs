//! Random programs: what their processes do, and what the network does at the same time.

use std::fmt::{self, Debug};

use marketplace_core::{Interest, Orientation};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::vocabulary::{About, Kind};

/// How many processes a ground has at most at a time, and how many endpoints each process has.
const PROCESSES: usize = 2;
const NAMES: usize = 3;

/// How the grounds are made.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// What each ground shares: for each type, what may be sent and what may be received.
    pub(crate) grounds: Vec<Vec<(About, About)>>,
    pub(crate) window: u32,
    pub(crate) mark: usize,
    pub(crate) limit: usize,
    /// Whether all grounds are linked before anything happens.
    pub(crate) begins_linked: bool,
}

/// What happens next. Indices of grounds and processes are taken modulo their number.
#[derive(Clone)]
pub(crate) enum Step {
    /// A turn of a process of a ground.
    Turn(usize, usize, Vec<Deed>),
    /// A process fails.
    Crash(usize, usize),
    /// A process quits.
    Quit(usize, usize),
    /// This number of batches from one ground to another arrive.
    Carry(Way, usize),
    /// All batches that are under way arrive.
    CarryAll,
    Net(Way, Net),
    /// A tick: a ground reports to the others how many frames it has received.
    Tick(usize),
    /// The program of a ground is dropped, and another one is started in its place. The flag says whether the network
    /// is down at that time.
    Restart(usize, bool),
}

/// The direction from one ground to another.
#[derive(Clone, Copy)]
pub(crate) struct Way(pub(crate) usize, pub(crate) usize);

/// What the network does to the connection of two grounds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Net {
    /// The next batch is lost.
    Lose,
    /// The next batch arrives, and stays under way too.
    Double,
    /// The next batch arrives after the one behind it.
    Swap,
    /// The batch that was sent this many batches ago arrives again.
    Repeat(usize),
    /// Nothing arrives any more in either direction, and batches that are under way are lost.
    Cut,
    /// The cut is over.
    Heal,
    /// The first ground is informed that the other cannot be reached.
    TellLost,
    /// The first ground is informed that it has met the other.
    TellMet,
    /// The first ground is informed of both at once, so that a session begins while there is much to report.
    TellBoth,
}

/// What a process does in a turn.
#[derive(Clone)]
pub(crate) enum Deed {
    /// Adds an endpoint of this name, if it has none.
    Add(usize, Orientation, Interest, About),
    /// Deletes the endpoint of this name, with an error as the reason or not.
    Delete(usize, bool),
    Send(Orientation, About),
}

pub(crate) fn programs() -> impl Strategy<Value = (Setup, Vec<Step>)> {
    (setups(), vec(steps(), 1..50))
}

fn setups() -> impl Strategy<Value = Setup> {
    let grounds = vec(shared(), 2..=3);
    let window = prop_oneof![1 => Just(4096_u32), 1 => 1..4_u32];
    let limits = prop_oneof![3 => Just((8_192_usize, 65_536_usize)), 1 => (0..4_usize, 4..12_usize)];
    (grounds, window, limits, any::<bool>()).prop_map(|(grounds, window, (mark, limit), begins_linked)| {
        Setup { grounds, window, mark, limit, begins_linked }
    })
}

fn shared() -> impl Strategy<Value = Vec<(About, About)>> {
    let all = |kind| Just((About { kind, room: None, who: None }, About { kind, room: None, who: None }));
    prop_oneof![
        4 => (all(Kind::Packet), all(Kind::Note)).prop_map(|(packet, note)| vec![packet, note]),
        1 => all(Kind::Packet).prop_map(|packet| vec![packet]),
        2 => (filters(Kind::Note), filters(Kind::Packet)).prop_map(|(note, packet)| vec![note, packet]),
    ]
}

fn filters(kind: Kind) -> impl Strategy<Value = (About, About)> {
    (abouts(), abouts()).prop_map(move |(one, other)| (About { kind, ..one }, About { kind, ..other }))
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        16 => (ground(), process(), vec(deeds(), 1..6)).prop_map(|(at, who, deeds)| Step::Turn(at, who, deeds)),
        1 => (ground(), process()).prop_map(|(at, who)| Step::Crash(at, who)),
        1 => (ground(), process()).prop_map(|(at, who)| Step::Quit(at, who)),
        10 => (ways(), 1..4_usize).prop_map(|(way, many)| Step::Carry(way, many)),
        3 => Just(Step::CarryAll),
        9 => (ways(), nets()).prop_map(|(way, net)| Step::Net(way, net)),
        2 => ground().prop_map(Step::Tick),
        1 => (ground(), any::<bool>()).prop_map(|(at, is_silent)| Step::Restart(at, is_silent)),
    ]
}

fn nets() -> impl Strategy<Value = Net> {
    prop_oneof![
        4 => Just(Net::Lose),
        2 => Just(Net::Double),
        1 => Just(Net::Swap),
        3 => (0..6_usize).prop_map(Net::Repeat),
        1 => Just(Net::Cut),
        1 => Just(Net::Heal),
        2 => Just(Net::TellLost),
        2 => Just(Net::TellMet),
        4 => Just(Net::TellBoth),
    ]
}

fn deeds() -> impl Strategy<Value = Deed> {
    prop_oneof![
        5 => (name(), orientations(), interests(), abouts())
            .prop_map(|(name, orientation, interest, about)| Deed::Add(name, orientation, interest, about)),
        3 => (name(), any::<bool>()).prop_map(|(name, is_error)| Deed::Delete(name, is_error)),
        5 => (orientations(), kinds(), 0..2_u8, 0..2_u8).prop_map(|(orientation, kind, room, who)| {
            Deed::Send(orientation, About { kind, room: Some(room), who: Some(who) })
        }),
    ]
}

fn ground() -> impl Strategy<Value = usize> {
    0..3_usize
}

fn process() -> impl Strategy<Value = usize> {
    0..PROCESSES
}

fn name() -> impl Strategy<Value = usize> {
    0..NAMES
}

fn ways() -> impl Strategy<Value = Way> {
    (ground(), ground())
        .prop_filter("two grounds", |(from, to)| from != to)
        .prop_map(|(from, to)| Way(from, to))
}

fn orientations() -> impl Strategy<Value = Orientation> {
    prop_oneof![Just(Orientation::Publisher), Just(Orientation::Subscriber)]
}

fn interests() -> impl Strategy<Value = Interest> {
    prop_oneof![5 => Just(Interest::Participant), 1 => Just(Interest::Observer), 1 => Just(Interest::Everything)]
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![3 => Just(Kind::Packet), 1 => Just(Kind::Note)]
}

fn abouts() -> impl Strategy<Value = About> {
    (kinds(), option::weighted(0.4, 0..2_u8), option::weighted(0.4, 0..2_u8))
        .prop_map(|(kind, room, who)| About { kind, room, who })
}

impl Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Turn(at, who, deeds) => write!(f, "ground {at}, process {who}: {deeds:?}"),
            Self::Crash(at, who) => write!(f, "ground {at}, process {who} fails"),
            Self::Quit(at, who) => write!(f, "ground {at}, process {who} quits"),
            Self::Carry(way, many) => write!(f, "{way:?}: {many} batches arrive"),
            Self::CarryAll => write!(f, "all that is under way arrives"),
            Self::Net(way, net) => write!(f, "{way:?}: {net:?}"),
            Self::Tick(at) => write!(f, "ground {at}: Tick"),
            Self::Restart(at, false) => write!(f, "ground {at} starts anew"),
            Self::Restart(at, true) => write!(f, "ground {at} starts anew, cut off"),
        }
    }
}

impl Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.0, self.1)
    }
}

impl Debug for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add(name, orientation, interest, about) => {
                write!(f, "add {name}, {orientation:?} {interest:?} {about:?}")
            }
            Self::Delete(name, false) => write!(f, "delete {name}"),
            Self::Delete(name, true) => write!(f, "delete {name} with an error"),
            Self::Send(orientation, about) => write!(f, "send {about:?} as {orientation:?}"),
        }
    }
}
