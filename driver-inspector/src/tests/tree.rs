//! The inspector's tree equals a snapshot, whatever the program does and whenever pages are opened and closed.

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use marketplace_core::{Ground, Reason, Spawn, topic};
use marketplace_testing::{TestProcess, TestProgram, TestVm};
use proptest::prelude::*;

use super::scene::{Said, Scene};
use crate::buffer::TraceBuffer;
use crate::program::Watched;
use crate::view::View;

/// A step of a schedule. Numbers are taken modulo the number of existing items.
#[derive(Clone, Debug)]
enum Op {
    Spawn(usize),
    Nest(usize),
    Add(usize, u8, bool),
    Delete(usize, u8, bool),
    Send(usize, bool),
    Quit(usize),
    Fail(usize),
    Drop(usize),
    Restart(usize),
    EndVm(usize),
    Open,
    Close,
    Ask,
    Answer,
    Frame,
    Pass,
}

fn op() -> impl Strategy<Value = Op> {
    let number = 0..1_000_usize;
    let name = 0..4_u8;
    prop_oneof![
        4 => number.clone().prop_map(Op::Spawn),
        1 => number.clone().prop_map(Op::Nest),
        8 => (number.clone(), name.clone(), any::<bool>()).prop_map(|(it, name, meta)| Op::Add(it, name, meta)),
        4 => (number.clone(), name, any::<bool>()).prop_map(|(it, name, meta)| Op::Delete(it, name, meta)),
        2 => (number.clone(), any::<bool>()).prop_map(|(it, meta)| Op::Send(it, meta)),
        1 => number.clone().prop_map(Op::Quit),
        1 => number.clone().prop_map(Op::Fail),
        1 => number.clone().prop_map(Op::Drop),
        1 => number.clone().prop_map(Op::Restart),
        1 => number.prop_map(Op::EndVm),
        2 => Just(Op::Open),
        1 => Just(Op::Close),
        3 => Just(Op::Ask),
        3 => Just(Op::Answer),
        2 => Just(Op::Frame),
        1 => Just(Op::Pass),
    ]
}

/// A program that a schedule changes.
struct Schedule {
    scene: Scene,
    vms: Vec<TestVm>,
    /// The VM of each process.
    processes: Vec<(usize, TestProcess)>,
    pages: Vec<u64>,
}

impl Schedule {
    fn new(limit: usize) -> Self {
        let scene = Scene::with(Ground::new(), TraceBuffer::with_limit(Arc::default(), limit));
        Self { scene, vms: Vec::new(), processes: Vec::new(), pages: Vec::new() }
    }

    /// The ground is the VM 0.
    fn vm(&self, number: usize) -> (usize, &TestVm) {
        let number = number % (self.vms.len() + 1);
        (number, number.checked_sub(1).map_or(&*self.scene.program, |nested| &self.vms[nested]))
    }

    fn process(&self, number: usize) -> Option<&(usize, TestProcess)> {
        self.processes.get(number % self.processes.len().max(1))
    }

    fn perform(&mut self, op: Op) {
        match op {
            Op::Spawn(vm) => {
                let (number, vm) = self.vm(vm);
                if let Ok(process) = vm.process(|_| ()) {
                    self.processes.push((number, process));
                }
            }
            Op::Nest(vm) => {
                if self.vms.len() < 6
                    && let Ok(vm) = self.vm(vm).1.nested([])
                {
                    self.vms.push(vm);
                }
            }
            Op::EndVm(vm) => self.end_vm(vm),
            Op::Open => self.pages.push(self.scene.model.open()),
            Op::Close => drop(self.pages.pop().map(|page| self.scene.model.close(page))),
            Op::Ask => drop(self.scene.ask()),
            Op::Answer => self.scene.answer(),
            Op::Frame => {
                drop(self.scene.model.frame(self.pages.last().copied().unwrap_or(0), self.scene.now))
            }
            Op::Pass => self.scene.pass(Duration::from_millis(700)),
            op => self.tell(&op),
        }
    }

    /// Ends a VM: a process of it quits at the meta level.
    fn end_vm(&mut self, vm: usize) {
        let Some(inside) = self.processes.iter().find(|(number, _)| *number > 0 && *number == vm % 7) else {
            return;
        };
        let _gone = inside.1.start(|cx| cx.meta().quit());
    }

    fn tell(&mut self, op: &Op) {
        let (Op::Add(number, ..)
        | Op::Delete(number, ..)
        | Op::Send(number, _)
        | Op::Quit(number)
        | Op::Fail(number)
        | Op::Drop(number)
        | Op::Restart(number)) = op
        else {
            return;
        };
        let Some((vm, process)) = self.process(*number) else { return };
        let has_meta = *vm > 0;
        let _gone = match *op {
            Op::Add(_, name, meta) if meta && has_meta => process.start(move |cx| add(&mut cx.meta(), name)),
            Op::Add(_, name, _) => process.start(move |cx| add(cx, name)),
            Op::Delete(_, name, meta) if meta && has_meta => process.start(move |cx| cx.meta().delete(name)),
            Op::Delete(_, name, _) => process.start(move |cx| cx.delete(name)),
            Op::Send(_, meta) if meta && has_meta => {
                process.start(|cx| cx.meta().send(Said { room: "a", word: 1 }))
            }
            Op::Send(..) => process.start(|cx| cx.send(Said { room: "a", word: 1 })),
            Op::Quit(_) => process.start(|cx| cx.quit()),
            Op::Fail(_) => process.start(|_| Err::<(), _>(anyhow!("broken"))),
            Op::Restart(_) => process.start(|cx| cx.trace_restart("child", &Reason::normal())),
            _ => {
                let place = number % self.processes.len();
                drop(self.processes.remove(place));
                Ok(())
            }
        };
    }

    /// In the end everything is known: after entries were lost, a snapshot is requested.
    fn check(&mut self) {
        self.scene.program.settle();
        for _ in 0..3 {
            self.scene.pass(Duration::from_secs(2));
            self.scene.settle();
        }
        self.scene.check(!self.pages.is_empty());
        self.pages.push(self.scene.open(View::default()));
        self.scene.check(true);
    }
}

/// Adds an endpoint. The same name always has the same role, so a second time is an update.
fn add(network: &mut marketplace_core::Network<'_, ()>, name: u8) {
    let room = if name < 2 { "a" } else { "b" };
    match name % 2 {
        0 => drop(network.publisher(topic!(Said { room: room, .. })).named(name)),
        _ => drop(network.subscriber(topic!(Said { room: room, .. })).named(name).on_message(|(), _, _| ())),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_tree_is_what_a_snapshot_shows(
        schedule in prop::collection::vec(op(), 1..60),
        is_short in any::<bool>(),
    ) {
        let mut kept = Schedule::new(if is_short { 25 } else { 50_000 });
        for op in schedule {
            kept.perform(op);
        }
        kept.check();
    }
}

#[test]
fn what_a_tape_had_no_room_for_is_looked_up() {
    for has_page in [false, true] {
        let mut scene = Scene::with(Ground::new(), TraceBuffer::with_limit(Arc::default(), 10));
        scene.settle();
        if has_page {
            scene.open(View::default());
        }
        let spawn = || Spawn::new((), |(), cx| drop(cx.subscriber(topic!(Said { .. })))).named("one of many");
        scene.program.spawn(Spawn::new((), move |(), cx| (0..100).for_each(|_| cx.spawn(spawn())))).unwrap();
        scene.settle();
        let known = |scene: &Scene| scene.model.tree().iter().filter(|it| &*it.name == "one of many").count();
        assert!(known(&scene) < 100);
        scene.pass(Duration::from_secs(1));
        scene.settle();
        assert_eq!(known(&scene), 100);
        scene.check(has_page);
    }
}

#[test]
fn nothing_is_kept_of_a_program_that_is_not_inspected_after_all() {
    let (buffer, ground) = (TraceBuffer::new(Arc::default()), Ground::new());
    let (watched, trace) = Watched::on(Arc::clone(&buffer), &ground.handle());
    let program = TestProgram::by_hand_unrecorded(ground.with_trace(trace));
    let brief = || Spawn::new((), |(), cx| cx.quit()).named("brief");
    program.spawn(brief()).unwrap();
    drop(watched);
    program.spawn(brief()).unwrap();
    program.settle();
    assert!(buffer.take().entries.is_empty());
}

#[test]
fn a_large_program_is_looked_at_again_less_often() {
    let spawn = || Spawn::new((), |(), cx| drop(cx.subscriber(topic!(Said { .. })))).named("one of many");
    let many = move |count| Spawn::new((), move |(), cx| (0..count).for_each(|_| cx.spawn(spawn())));
    let known = |scene: &Scene| scene.model.tree().iter().filter(|it| &*it.name == "one of many").count();
    let mut scene =
        Scene::with(Ground::new().spawn(many(40_000)), TraceBuffer::with_limit(Arc::default(), 10));
    scene.program.settle();
    scene.settle();
    assert_eq!(known(&scene), 40_000);
    scene.program.spawn(many(100)).unwrap();
    scene.settle();
    scene.pass(Duration::from_secs(2));
    scene.settle();
    assert!(known(&scene) < 40_100);
    scene.pass(Duration::from_secs(1));
    scene.settle();
    assert_eq!(known(&scene), 40_100);
}
