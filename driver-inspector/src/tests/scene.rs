//! An inspected program that a test runs step by step.

use std::sync::Arc;
use std::time::{Duration, Instant};

use marketplace_core::{Ground, Level, Message, ProcessSnapshot, Snapshot};
use marketplace_testing::TestProgram;

use crate::buffer::TraceBuffer;
use crate::frame::{Frame, Kind, Number, Row};
use crate::hidden_values::HiddenValues;
use crate::model::Model;
use crate::program::Watched;
use crate::request::{Answer, ProgramRequest};
use crate::tree::Process;
use crate::view::View;

pub(super) struct Scene {
    pub(super) program: TestProgram,
    pub(super) model: Model,
    pub(super) now: Instant,
    pub(super) ground: Number,
    /// The program's answers that the inspector has not handled yet.
    answers: Vec<Answer>,
}

#[derive(Debug, Message)]
pub(super) struct Said {
    pub(super) room: &'static str,
    pub(super) word: u32,
}

/// Panics when it is dropped.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped")
    }
}

impl Scene {
    pub(super) fn new(ground: Ground) -> Self {
        Self::with(ground, TraceBuffer::new(Arc::default()))
    }

    pub(super) fn hiding(ground: Ground, hidden_values: HiddenValues) -> Self {
        Self::with(ground, TraceBuffer::new(Arc::new(hidden_values)))
    }

    pub(super) fn with(ground: Ground, buffer: Arc<TraceBuffer>) -> Self {
        let now = Instant::now();
        let mut model = Model::new("program".into(), now);
        let (watched, trace) = Watched::on(buffer, &ground.handle());
        let program = TestProgram::by_hand_unrecorded(ground.with_trace(trace));
        model.add(watched, now);
        let ground = model.tree().grounds()[0];
        Self { program, model, now, ground, answers: Vec::new() }
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    /// Sends the requests that are due, and keeps the answers back. Returns whether any was due.
    pub(super) fn ask(&mut self) -> bool {
        let due =
            self.model.due(self.now).into_iter().filter(|(.., look)| !matches!(look, ProgramRequest::End));
        let due: Vec<_> = due.collect();
        let is_due = !due.is_empty();
        for (_, handle, look) in due {
            self.answers.push(self.program.wait(look.send(&handle)).unwrap());
        }
        is_due
    }

    /// Gives the answers to the inspector.
    pub(super) fn answer(&mut self) {
        for answer in std::mem::take(&mut self.answers) {
            self.model.answer(self.ground, answer, self.now);
        }
    }

    /// Sends requests and handles answers until none is due.
    pub(super) fn settle(&mut self) {
        self.answer();
        while self.ask() {
            self.answer();
        }
    }

    /// Opens a page with this view.
    pub(super) fn open(&mut self, view: View) -> u64 {
        let page = self.model.open();
        self.model.show(page, view);
        self.settle();
        page
    }

    pub(super) fn frame(&mut self, page: u64) -> Frame {
        self.program.settle();
        self.settle();
        self.model.frame(page, self.now)
    }

    pub(super) fn rows(&mut self) -> Vec<Row> {
        let mut view = View::default();
        view.tree.rows = 500;
        let page = self.open(view);
        let rows = self.frame(page).tree.unwrap().rows;
        self.model.close(page);
        rows
    }

    pub(super) fn row(&mut self, name: &str) -> Row {
        let rows = self.rows();
        rows.iter().find(|row| row.name == name).cloned().unwrap_or_else(|| panic!("no {name} in {rows:#?}"))
    }

    /// Compares what is known with a snapshot, including endpoints if a page is open.
    pub(super) fn check(&mut self, has_endpoints: bool) {
        let snapshot = self.program.snapshot().unwrap();
        self.model.frame(0, self.now);
        let (inside, _) = self.check_vm(self.ground, &snapshot, has_endpoints);
        assert_eq!(self.model.tree().vm(self.ground).unwrap().inside, inside);
    }

    /// Checks a VM. Returns how many processes and rows it contains.
    fn check_vm(&self, number: Number, snapshot: &Snapshot, has_endpoints: bool) -> (usize, usize) {
        let tree = self.model.tree();
        let vm = tree.vm(number).unwrap();
        let members: Vec<_> = vm.members.iter().map(|number| tree.get(*number).unwrap()).collect();
        let gone = members.iter().filter(|process| process.is_gone());
        let gone_rows = gone.map(|process| 1 + process.vm.as_ref().map_or(0, |vm| vm.rows)).sum::<usize>();
        let mut here: Vec<_> = members.into_iter().filter(|process| !process.is_gone()).collect();
        let mut there: Vec<_> = snapshot.processes.iter().collect();
        let text = |pid| format!("{pid:?}");
        here.sort_by_key(|process| process.pid_text());
        there.sort_by_key(|process| text(&process.pid));
        let name = |process: &&Process| (process.pid.clone().unwrap(), process.name.to_string());
        assert_eq!(
            here.iter().map(name).collect::<Vec<_>>(),
            there
                .iter()
                .map(|it| (it.pid.clone(), it.name.as_deref().unwrap_or_default().into()))
                .collect::<Vec<_>>(),
        );
        let (mut inside, mut rows, mut network) = (0, gone_rows, 0);
        for (process, shown) in here.iter().zip(there) {
            assert_eq!(process.is_leaving, shown.leaving.is_some(), "{process:?}");
            let (processes, below) = match &shown.inside {
                Some(inside) => self.check_vm(process.number, inside, has_endpoints),
                None => (0, 0),
            };
            (inside, rows) = (inside + 1 + processes, rows + 1 + below);
            assert!(
                shown.inside.as_ref().is_none_or(|it| it.processes.is_empty()) || process.kind() == Kind::Vm
            );
            assert!(has_endpoints || process.endpoints.is_empty(), "{process:#?}");
            if has_endpoints {
                network += process.endpoints.values().filter(|endpoint| !endpoint.is_meta).count();
                check_endpoints(process, shown);
            }
        }
        assert_eq!((vm.inside, vm.rows), (inside, rows));
        assert!(!has_endpoints || vm.network.len() == network, "{:?}", vm.network);
        for (id, holder) in &vm.network {
            let inner = holder.inner.map(|inner| tree.get(inner).unwrap());
            assert!(
                inner.is_none_or(|inner| inner.endpoints.contains_key(&(true, *id))),
                "{id:?} {holder:?}"
            );
        }
        (inside, rows)
    }
}

fn check_endpoints(process: &Process, shown: &ProcessSnapshot) {
    let here: Vec<_> =
        process.endpoints.values().map(|it| (it.is_meta, it.id, &it.name, &it.role, it.kinds)).collect();
    let there =
        shown.endpoints.iter().map(|it| (it.level == Level::Meta, it.id, &it.name, &it.role, it.kinds));
    let mut there: Vec<_> = there.collect();
    there.sort_by_key(|(is_meta, id, ..)| (*is_meta, *id));
    assert_eq!(here, there, "{process:#?}");
}
