//! Makes the frames of a page: what the page shows and has not been sent yet.

use std::time::Instant;

use super::Model;
use crate::detail::detail;
use crate::endpoint::KnownEndpoint;
use crate::frame::{Frame, Graph, Number, State, Status, Values};
use crate::graph::{Highlights, Member, graph};
use crate::page::{FADING, Page};
use crate::tree::Process;
use crate::view::GraphView;
use crate::window::window;

impl Model {
    /// What has changed for a page since its last frame.
    pub(crate) fn frame(&mut self, page: u64, now: Instant) -> Frame {
        self.update();
        self.find_stuck(now);
        let Some(mut page) = self.pages.remove_entry(&page) else { return Frame::default() };
        let frame = self.frame_of(&mut page.1, now);
        self.pages.insert(page.0, page.1);
        frame
    }

    fn frame_of(&self, page: &mut Page, now: Instant) -> Frame {
        let view = page.view.clone();
        let (tree, stuck) = (&self.tree, &self.stuck);
        Frame {
            status: self.status(page, now),
            tree: page.window(tree, now, || window(tree, stuck, &view.tree)),
            graph: view.graph.as_ref().and_then(|graph| self.graph(page, graph, now)),
            process: view.process.and_then(|number| page.detail(tree, now, || detail(tree, stuck, number))),
            timeline: view
                .timeline
                .as_ref()
                .and_then(|filter| self.recording.read(&mut page.reading, filter, view.values)),
            numbers: view.numbers.then(|| self.history.read(&mut page.read, tree)).flatten(),
        }
    }

    fn status(&self, page: &Page, now: Instant) -> Status {
        let is_busy = self.history.turns() > 0.0;
        let states = self.programs.values().map(|program| (program.state(now, is_busy), program));
        let (state, program) = states.max_by_key(|(state, _)| weight(*state)).unzip();
        let ended = program.and_then(|program| program.ended.clone().flatten());
        let reason = match state {
            Some(State::Stuck) => program.map(|program| self.stuck_reason(program.ground)),
            _ => ended,
        };
        let is_forbidden = self.programs.values().all(|program| program.buffer.hides_values());
        Status {
            title: self.title.to_string(),
            time: now.saturating_duration_since(self.begun).as_secs_f64(),
            state: state.unwrap_or_default(),
            reason,
            sampling: self.one_in,
            skipped: self.skipped - page.skipped,
            values: match page.view.values {
                _ if is_forbidden => Values::Forbidden,
                true => Values::Shown,
                false => Values::Hidden,
            },
        }
    }

    /// The process whose turn does not end, with the VMs that contain it.
    fn stuck_reason(&self, ground: Number) -> String {
        let path: Vec<_> = self.tree.at_work(ground);
        let names: Vec<_> =
            path.iter().filter_map(|number| self.tree.get(*number)).map(Process::title).collect();
        match names.is_empty() {
            true => String::from("the program has not answered for more than a second"),
            false => format!("the turn of {} does not end", names.join(" / ")),
        }
    }

    fn graph(&self, page: &mut Page, view: &GraphView, now: Instant) -> Option<Graph> {
        let vm = self.tree.get(view.vm)?;
        let lights = self.deliveries.lights(view.vm, page.lit);
        if !page.is_graph_due(&self.tree, now, !lights.is_empty()) {
            return None;
        }
        page.lit = self.deliveries.passed();
        let begun = Instant::now();
        let graph = self.drawn(vm, view, &lights, now);
        page.graph_is_made(&self.tree, now, begun.elapsed());
        Some(graph)
    }

    fn drawn(&self, vm: &Process, view: &GraphView, lights: &Highlights, now: Instant) -> Graph {
        let members = vm.vm.iter().flat_map(|vm| &vm.members).filter_map(|number| self.tree.get(*number));
        let is_shown = |process: &&Process| {
            process.gone.is_none_or(|gone| now.saturating_duration_since(gone.0) < FADING)
        };
        let members = members.filter(is_shown).map(|process| (process, process.pid_text(), own(process)));
        let members: Vec<_> = members.collect();
        let members: Vec<_> = members
            .iter()
            .map(|(process, pid, endpoints)| Member {
                number: process.number,
                name: &process.name,
                pid,
                kind: process.kind(),
                state: self.stuck.state(process),
                reason: process.reason.as_deref().filter(|_| process.is_gone()),
                endpoints,
            })
            .collect();
        graph(view, &vm.title(), &members, lights)
    }
}

/// The endpoints that a process has in the network of its VM.
fn own(process: &Process) -> Vec<KnownEndpoint> {
    process.endpoints.values().filter(|endpoint| !endpoint.is_meta).cloned().collect()
}

/// How bad a state is. Of several programs, the worst state is shown.
const fn weight(state: State) -> u8 {
    match state {
        State::Left => 0,
        State::Idle => 1,
        State::Leaving => 2,
        State::Busy => 3,
        State::Failed => 4,
        State::Stuck => 5,
    }
}
