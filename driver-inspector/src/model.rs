//! The model: all that the inspector knows of the programs, and the pages that show it.

mod frame;
mod update;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use marketplace_core::{EndpointId, Handle, Role};

use crate::delivery::Deliveries;
use crate::frame::{Number, Record, Tree};
use crate::history::History;
use crate::page::Page;
use crate::program::{Program, Watched};
use crate::recording::{Excerpt, Recording};
use crate::request::{Answer, ProgramRequest};
use crate::snapshot::{PendingSnapshot, SnapshotCache};
use crate::state::Stuck;
use crate::tree::ProcessTree;
use crate::view::{TreeView, View};
use crate::window::window;

/// How many programs that have ended are still shown.
const ENDED: usize = 16;
/// The period for which numbers are counted.
const SECOND: Duration = Duration::from_secs(1);
/// How many messages a second are recorded, about.
const SHOWN: u64 = 1_000;
/// Of how many processes in a graph the status is requested.
const MEMBERS: usize = 300;

#[derive(Debug)]
pub(crate) struct Model {
    title: Arc<str>,
    begun: Instant,
    tree: ProcessTree,
    /// By the numbers of their grounds.
    programs: BTreeMap<Number, Program>,
    recording: Recording,
    history: History,
    deliveries: Deliveries,
    stuck: Stuck,
    pages: BTreeMap<u64, Page>,
    /// How many pages have been opened.
    opened: u64,
    /// One in this many messages is recorded.
    one_in: u64,
    /// How many messages were sent, and delivered, in this second.
    happened: u64,
    /// How many events have been skipped.
    skipped: u64,
    snapshots: SnapshotCache,
}

impl Model {
    pub(crate) fn new(title: Arc<str>, begun: Instant) -> Self {
        Self {
            title,
            begun,
            tree: ProcessTree::default(),
            programs: BTreeMap::new(),
            recording: Recording::default(),
            history: History::new(begun),
            deliveries: Deliveries::default(),
            stuck: Stuck::default(),
            pages: BTreeMap::new(),
            opened: 0,
            one_in: 1,
            happened: 0,
            skipped: 0,
            snapshots: SnapshotCache::default(),
        }
    }

    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    pub(crate) const fn tree(&self) -> &ProcessTree {
        &self.tree
    }

    /// Adds a ground.
    pub(crate) fn add(&mut self, watched: Watched, now: Instant) {
        let ended = self.programs.values().filter(|program| program.ended.is_some());
        let ended: Vec<_> = ended.map(|program| program.ground).collect();
        for ground in ended.iter().take(ended.len().saturating_sub(ENDED)) {
            self.programs.remove(ground);
            self.tree.remove_ground(*ground);
        }
        let ground = self.tree.add_ground(Arc::clone(&self.title), now);
        self.programs.insert(ground, Program::new(ground, watched, now));
        self.set_values();
    }

    /// The requests to programs that are due now.
    pub(crate) fn due(&mut self, now: Instant) -> Vec<(Number, Handle, ProgramRequest)> {
        self.pass(now);
        let is_watched = !self.pages.is_empty();
        let mut programs = std::mem::take(&mut self.programs);
        let mut due = Vec::new();
        for (ground, program) in &mut programs {
            let requests = program.due(now, &self.tree, is_watched, || self.visible());
            due.extend(requests.into_iter().map(|request| (*ground, program.handle.clone(), request)));
        }
        self.programs = programs;
        due
    }

    /// Handles a program's answer.
    pub(crate) fn answer(&mut self, ground: Number, answer: Answer, now: Instant) {
        self.update();
        let Some(program) = self.programs.get_mut(&ground) else { return };
        let entries = program.answer(&mut self.tree, answer, now);
        self.update_from(ground, entries);
        self.find_stuck(now);
    }

    /// The processes that some page shows.
    fn visible(&self) -> HashSet<Number> {
        let mut visible = HashSet::new();
        for page in self.pages.values() {
            visible.extend(&page.visible);
            visible.extend(page.view.process);
            let graph = page.view.graph.as_ref().and_then(|graph| self.tree.vm(graph.vm));
            visible.extend(graph.into_iter().flat_map(|vm| &vm.members).take(MEMBERS));
            if page.view.numbers {
                visible.extend(self.history.busiest());
            }
        }
        visible
    }

    /// Ends a second if it is over: when all programs that answer have sent their counters.
    fn pass(&mut self, now: Instant) {
        self.update();
        let answering = self.programs.values().filter(|it| it.ended.is_none() && !it.counting.is_stuck(now));
        let mut fresh = answering.map(|program| program.counting.is_fresh()).peekable();
        let length = if fresh.peek().is_some() { SECOND / 2 } else { SECOND };
        if fresh.all(|is_fresh| is_fresh) && self.history.passing(now) >= length {
            self.end_second(now);
        }
        self.find_stuck(now);
    }

    fn end_second(&mut self, now: Instant) {
        let total = self.programs.values().map(|program| program.counting.counters()).sum();
        self.history.pass(now, self.programs.values_mut().map(|program| program.counting.pass()), total);
        self.one_in = self.happened.div_ceil(SHOWN).next_power_of_two();
        self.happened = 0;
        self.programs.values().for_each(|program| program.buffer.sample(self.one_in));
        self.tree.tidy(now);
        self.history.tidy(&self.tree);
        self.snapshots.tidy(now);
    }
}

/// Pages.
impl Model {
    pub(crate) fn open(&mut self) -> u64 {
        if self.pages.is_empty() {
            // What is in the buffers was written for a page that has been closed.
            self.update();
            self.history.forget();
        }
        self.opened += 1;
        let (skipped, lit) = (self.skipped, self.deliveries.passed());
        self.pages.insert(self.opened, Page::new(skipped, lit));
        self.set_wanted();
        self.opened
    }

    pub(crate) fn close(&mut self, page: u64) {
        self.pages.remove(&page);
        self.set_wanted();
        self.set_values();
    }

    pub(crate) fn show(&mut self, page: u64, view: View) {
        if let Some(page) = self.pages.get_mut(&page) {
            page.show(view);
        }
        self.set_values();
    }

    fn set_wanted(&mut self) {
        let is_watched = !self.pages.is_empty();
        for program in self.programs.values_mut() {
            program.want(&mut self.tree, is_watched);
        }
    }

    fn set_values(&self) {
        let shows = self.shows_values();
        self.programs.values().for_each(|program| program.buffer.show_values(shows));
    }

    /// Whether some page shows the values of messages.
    fn shows_values(&self) -> bool {
        self.pages.values().any(|page| page.view.values)
    }
}

/// Questions.
impl Model {
    pub(crate) fn recording(&self, excerpt: &Excerpt) -> Vec<Arc<Record>> {
        self.recording.excerpt(excerpt)
    }

    /// The rows of the tree.
    pub(crate) fn rows(&mut self, view: &TreeView) -> Tree {
        self.update();
        window(&self.tree, &self.stuck, view)
    }

    /// The role of an endpoint in the network of a VM.
    pub(crate) fn role(&self, vm: Number, id: EndpointId) -> Option<&Role> {
        let holder = self.tree.holder(vm, id)?;
        let endpoint = self.tree.get(holder.process)?.endpoints.get(&(false, id))?;
        Some(&endpoint.role)
    }

    /// A snapshot of the program that a VM is in.
    pub(crate) fn snapshot(&mut self, vm: Number, now: Instant) -> anyhow::Result<PendingSnapshot> {
        let ground = self.tree.ground_of(vm);
        let program = self.programs.get(&ground).context("this VM does not exist (any more)")?;
        anyhow::ensure!(program.ended.is_none(), "the program has ended");
        Ok(self.snapshots.get(ground, &program.handle, now))
    }
}
