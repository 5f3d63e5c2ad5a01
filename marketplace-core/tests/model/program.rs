//! Random programs: trees of processes. In its n-th turn a process performs the n-th turn of its script, whatever the
//! event is. So every program ends, and the way it ends depends on the order of all events.

use std::fmt::{self, Debug};
use std::sync::Arc;

use marketplace_core::{EventKinds, Interest, Level, Orientation};
use proptest::collection::vec;
use proptest::prelude::*;

use super::vocabulary::{Content, Tree, TreeRole, contents, kinds, orientations, roles};

/// A program: the processes of the outermost VM. The first two are the conductor and the witness.
#[derive(Clone)]
pub(crate) struct Program {
    pub(crate) first: Vec<Arc<Script>>,
}

/// What a process does in each of its turns. In turns after the last one it does nothing.
pub(crate) struct Script {
    turns: Vec<Turn>,
}

#[derive(Debug)]
struct Turn {
    ops: Vec<Op>,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Return,
    Fail,
    Panic,
}

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Add(Level, usize, TreeRole, EventKinds),
    /// Adds an existing endpoint again, with the same role and possibly other kinds of event. It is the endpoint with
    /// this name, or else with the next name in use.
    AddAgain(Level, usize, EventKinds),
    /// Deletes an endpoint: the one with this name, or else with the next name in use.
    Delete(Level, usize),
    Send(Level, Orientation, Content),
    /// Spawns a child. The flags say whether to request its Pid, and whether to monitor it.
    Spawn(Level, Child, bool, bool),
    /// Quits, or at the meta level ends the VM.
    Quit(Level),
    /// Kills one of the processes that this one knows: itself, its ancestors, and those whose Pid it has received.
    Kill(Level, usize),
    /// Kills all processes that have ever booted anywhere, except the conductor and the witness.
    KillAll,
    Yield,
    Perform,
}

#[derive(Clone, Debug)]
pub(crate) enum Child {
    Process(Arc<Script>),
    Vm(Vec<Arc<Script>>),
}

/// The process of the outermost VM that sees everything there until the program ends.
pub(crate) const WITNESS: usize = 1;

/// The greatest depth of the tree of scripts.
const DEPTH: usize = 3;

/// How many endpoint names there are at each level.
const NAMES: usize = 12;

/// How many of these names belong to endpoints that always receive all kinds of event.
const SEEING: usize = 9;

impl Program {
    fn new(processes: Vec<Arc<Script>>) -> Self {
        // The conductor ends the program: when nothing happens any more, it kills all processes. It has no endpoints,
        // so its turns are its boot and the completions of its futures. The killed processes may leave children, which
        // are deeper in the tree, so it does this once for each level of depth.
        let mut conducting = vec![vec![Op::Perform]];
        conducting.extend((0..DEPTH).map(|_| vec![Op::KillAll, Op::Perform]));
        conducting.push(vec![Op::KillAll]);
        let witnessing = everything().into_iter().enumerate();
        let witnessing =
            witnessing.map(|(name, role)| Op::Add(Level::Local, name, role, EventKinds::ALL)).collect();
        let mut first = vec![Script::harmless(conducting), Script::harmless(vec![witnessing])];
        first.extend(processes);
        Self { first }
    }
}

fn everything() -> Vec<TreeRole> {
    let topics = [Tree::Node("Packet", vec![Tree::Any; 3]), Tree::Node("Note", vec![Tree::Any])];
    let orientations = [Orientation::Publisher, Orientation::Subscriber];
    let role = |orientation, topic| TreeRole { orientation, interest: Interest::Everything, topic };
    topics
        .into_iter()
        .flat_map(|topic| orientations.map(|orientation| role(orientation, topic.clone())))
        .collect()
}

impl Script {
    fn harmless(turns: Vec<Vec<Op>>) -> Arc<Self> {
        let turns = turns.into_iter().map(|ops| Turn { ops, end: End::Return });
        Arc::new(Self { turns: turns.collect() })
    }
}

impl Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The conductor and the witness are always the same.
        f.debug_list().entries(&self.first[WITNESS + 1..]).finish()
    }
}

impl Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One line for each turn, even if its children have many turns.
        let mut list = f.debug_list();
        for Turn { ops, end } in &self.turns {
            list.entry(&format_args!("{end:?} after {ops:?}"));
        }
        list.finish()
    }
}

/// The position of a process in its script.
pub(crate) struct Cursor {
    script: Arc<Script>,
    turn: usize,
    requests: usize,
}

impl Cursor {
    pub(crate) const fn new(script: Arc<Script>) -> Self {
        Self { script, turn: 0, requests: 0 }
    }

    /// The next turn: the ops, each with the reason to use if it needs one, and the end of the turn with its reason.
    pub(crate) fn next_turn(&mut self, process: usize) -> (Vec<(Op, String)>, End, String) {
        self.turn += 1;
        let why = |op: usize| format!("why {process}.{}.{op}", self.turn);
        match self.script.turns.get(self.turn - 1) {
            Some(Turn { ops, end }) => {
                let with_reasons = ops.iter().enumerate().map(|(number, op)| (op.clone(), why(number)));
                (with_reasons.collect(), *end, why(ops.len()))
            }
            None => (Vec::new(), End::Return, why(0)),
        }
    }

    /// The token of an endpoint that is about to be added.
    pub(crate) const fn endpoint(&mut self, level: Level, name: usize) -> usize {
        self.token(Endpoint { level, name }.tag())
    }

    /// The token of another request.
    pub(crate) const fn request(&mut self) -> usize {
        self.token(0)
    }

    const fn token(&mut self, tag: usize) -> usize {
        self.requests += 1;
        self.requests * Endpoint::TAGS + tag
    }
}

/// The endpoint that a token was made for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Endpoint {
    level: Level,
    name: usize,
}

impl Endpoint {
    const TAGS: usize = 1 + 2 * NAMES;

    const fn tag(self) -> usize {
        1 + self.name * 2 + matches!(self.level, Level::Meta) as usize
    }

    pub(crate) const fn of_token(token: usize) -> Option<Self> {
        match (token % Self::TAGS).checked_sub(1) {
            None => None,
            Some(tag) => {
                Some(Self { level: if tag % 2 == 1 { Level::Meta } else { Level::Local }, name: tag / 2 })
            }
        }
    }

    /// Whether it always receives all kinds of event.
    pub(crate) const fn sees_all(self) -> bool {
        is_seeing(self.name)
    }
}

const fn is_seeing(name: usize) -> bool {
    name < SEEING
}

/// The kinds that an endpoint of this name may have when it is added again.
pub(crate) const fn kinds_again(name: usize, kinds: EventKinds) -> EventKinds {
    if is_seeing(name) { EventKinds::ALL } else { kinds }
}

/// The name if it is in use, or else the next one that is.
pub(crate) fn in_use(name: usize, is_used: impl Fn(usize) -> bool) -> Option<usize> {
    (name..NAMES).chain(0..name).find(|name| is_used(*name))
}

pub(crate) fn programs() -> impl Strategy<Value = Program> {
    vec(scripts(DEPTH, 0), 1..6).prop_map(Program::new)
}

/// Scripts of processes that are nested in `vms` VMs, with at most `depth` generations, including their own.
fn scripts(depth: usize, vms: usize) -> BoxedStrategy<Arc<Script>> {
    let ends = || prop_oneof![50 => Just(End::Return), 1 => Just(End::Fail), 1 => Just(End::Panic)];
    // A process without endpoints ends soon, so the first turn mostly adds some.
    let boots = (vec(prop_oneof![3 => adds(vms), 1 => ops(depth, vms)], 0..6), ends());
    let others = vec((vec(ops(depth, vms), 0..5), ends()), 0..12);
    let turn = |(ops, end)| Turn { ops, end };
    (boots, others)
        .prop_map(move |(boot, others)| {
            let turns = std::iter::once(boot).chain(others).map(turn).collect();
            Arc::new(Script { turns })
        })
        .boxed()
}

fn ops(depth: usize, vms: usize) -> BoxedStrategy<Op> {
    let levels = || levels(vms);
    let ops = prop_oneof![
        5 => adds(vms),
        2 => (levels(), 0..NAMES, kinds()).prop_map(|(level, name, kinds)| Op::AddAgain(level, name, kinds)),
        4 => (levels(), 0..NAMES).prop_map(|(level, name)| Op::Delete(level, name)),
        6 => (levels(), orientations(), contents()).prop_map(|(l, way, content)| Op::Send(l, way, content)),
        1 => levels().prop_map(Op::Quit),
        2 => (levels(), 0..8_usize).prop_map(|(level, whom)| Op::Kill(level, whom)),
        3 => Just(Op::Yield),
        3 => Just(Op::Perform),
    ];
    if depth <= 1 {
        return ops.boxed();
    }
    // A process that is spawned at the ground's meta level never runs.
    let meta = if vms == 0 { 0 } else { 20 };
    prop_oneof![
        100 => ops,
        20 => (Just(Level::Local), children(depth - 1, vms), any::<bool>(), any::<bool>()).prop_map(spawn),
        1 + meta => (Just(Level::Meta), children(depth - 1, vms.saturating_sub(1)), any::<bool>(), any::<bool>())
            .prop_map(spawn),
    ]
    .boxed()
}

fn adds(vms: usize) -> impl Strategy<Value = Op> {
    let names = prop_oneof![4 => (0..SEEING, Just(EventKinds::ALL)), 1 => (SEEING..NAMES, kinds())];
    (levels(vms), names, roles()).prop_map(|(level, (name, kinds), role)| Op::Add(level, name, role, kinds))
}

fn spawn((level, child, is_told, is_monitor): (Level, Child, bool, bool)) -> Op {
    Op::Spawn(level, child, is_told, is_monitor)
}

/// Children of processes that are nested in `vms` VMs.
fn children(depth: usize, vms: usize) -> BoxedStrategy<Child> {
    let process = scripts(depth, vms).prop_map(Child::Process);
    if vms == 2 {
        return process.boxed();
    }
    prop_oneof![3 => process, 2 => vec(scripts(depth, vms + 1), 1..4).prop_map(Child::Vm)].boxed()
}

/// The ground has no meta level, so using it fails the turn. Processes of the ground therefore use it seldom.
fn levels(vms: usize) -> BoxedStrategy<Level> {
    let meta = if vms == 0 { 1 } else { 60 };
    prop_oneof![100 => Just(Level::Local), meta => Just(Level::Meta)].boxed()
}
