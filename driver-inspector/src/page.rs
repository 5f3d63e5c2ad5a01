//! An open page: what it shows, and what it has been sent.

use std::time::{Duration, Instant};

use crate::frame::{Detail, Number, Tree};
use crate::history::Read;
use crate::recording::RecordingPosition;
use crate::row::age;
use crate::tree::ProcessTree;
use crate::view::View;

/// How often a graph is laid out if its VM has changed, and how often if only messages were delivered in it.
const CHANGED: Duration = Duration::from_secs(1);
const LIT: Duration = Duration::from_millis(400);
/// How long a process that has left stays in the graph.
pub(crate) const FADING: Duration = Duration::from_secs(10);
/// How often the detail of a process is sent.
const DETAIL: Duration = Duration::from_millis(500);
/// The part of the time that may be spent on layouts of graphs: one in this many.
const SHARE: u32 = 10;

#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) view: View,
    /// How many events had been skipped when the page was opened.
    pub(crate) skipped: u64,
    pub(crate) reading: RecordingPosition,
    pub(crate) read: Read,
    window: Sent<Tree>,
    detail: Sent<Detail>,
    /// The processes whose rows are shown.
    pub(crate) visible: Vec<Number>,
    graph: Option<Drawn>,
    /// The last delivery that was sent to the page.
    pub(crate) lit: u64,
}

/// What was sent last, and what it was made from.
#[derive(Debug)]
struct Sent<T> {
    /// The version of the tree.
    version: u64,
    /// When it was made. `None` if the view has changed since then.
    made: Option<Instant>,
    last: Option<T>,
}

/// The graph that was sent last.
#[derive(Debug)]
struct Drawn {
    version: u64,
    at: Instant,
    /// How long its layout took.
    cost: Duration,
}

impl<T> Default for Sent<T> {
    fn default() -> Self {
        Self { version: 0, made: None, last: None }
    }
}

impl Page {
    /// A page that is opened after this many skipped events and this many deliveries.
    pub(crate) fn new(skipped: u64, lit: u64) -> Self {
        Self { skipped, lit, ..Self::default() }
    }

    /// Sets what the page shows from now on.
    pub(crate) fn show(&mut self, view: View) {
        if view.tree != self.view.tree {
            self.window = Sent::default();
        }
        if view.process != self.view.process {
            self.detail = Sent::default();
        }
        if view.graph != self.view.graph {
            self.graph = None;
        }
        if view.timeline.is_none() {
            self.reading.end();
        }
        if !view.numbers {
            self.read.end();
        }
        self.view = view;
    }

    /// The rows of the tree, made by `make` if they have to be. `None` if they are the same as before.
    pub(crate) fn window(
        &mut self,
        tree: &ProcessTree,
        now: Instant,
        make: impl FnOnce() -> Tree,
    ) -> Option<Tree> {
        let window = self.window.renew(tree, now, Duration::ZERO, || Some(make()))?;
        self.visible = window.rows.iter().map(|row| row.number).collect();
        let mut shown = window.clone();
        for row in &mut shown.rows {
            row.age = tree.get(row.number).and_then(|process| age(process, now));
        }
        Some(shown)
    }

    /// The same for the process in the detail view.
    pub(crate) fn detail(
        &mut self,
        tree: &ProcessTree,
        now: Instant,
        make: impl FnOnce() -> Option<Detail>,
    ) -> Option<Detail> {
        let mut shown = self.detail.renew(tree, now, DETAIL, make)?.clone();
        shown.row.age = tree.get(shown.row.number).and_then(|process| age(process, now));
        Some(shown)
    }

    /// Whether the graph is to be made now. `is_lit` says whether messages were delivered in it.
    pub(crate) fn is_graph_due(&self, tree: &ProcessTree, now: Instant, is_lit: bool) -> bool {
        self.graph.as_ref().is_none_or(|drawn| {
            let passed = now.saturating_duration_since(drawn.at);
            let was_there = |left: Instant| drawn.at < left + FADING && left + FADING <= now;
            let has_changed = drawn.version != tree.version() || tree.departures().any(was_there);
            let is_stale = (is_lit && passed >= LIT) || (has_changed && passed >= CHANGED);
            is_stale && passed >= drawn.cost * SHARE
        })
    }

    /// Notes that the graph has been made, and how long that took.
    pub(crate) fn graph_is_made(&mut self, tree: &ProcessTree, now: Instant, cost: Duration) {
        self.graph = Some(Drawn { version: tree.version(), at: now, cost });
    }
}

impl<T: PartialEq> Sent<T> {
    /// Makes it, at most once in a period, and returns it if it differs from what was sent.
    fn renew(
        &mut self,
        tree: &ProcessTree,
        now: Instant,
        period: Duration,
        make: impl FnOnce() -> Option<T>,
    ) -> Option<&T> {
        let is_early = |made: Instant| now.saturating_duration_since(made) < period;
        if self.made.is_some_and(|made| self.version == tree.version() || is_early(made)) {
            return None;
        }
        (self.version, self.made) = (tree.version(), Some(now));
        let made = make()?;
        if self.last.as_ref() == Some(&made) {
            return None;
        }
        Some(self.last.insert(made))
    }
}
