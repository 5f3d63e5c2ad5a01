//! A turn that does not end: the page names the process, and goes on.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use futures::executor::block_on;
use futures::future::{BoxFuture, poll_immediate};
use marketplace_core::{Ground, Spawn};
use marketplace_testing::TestProgram;

use crate::frame::{Number, Row, State};
use crate::model::Model;
use crate::program::Watched;
use crate::request::Answer;
use crate::view::View;

/// Programs on threads of their own, with an inspector whose clock the test sets.
struct Stage {
    model: Model,
    now: Instant,
    looks: Vec<(Number, BoxFuture<'static, Answer>)>,
}

impl Stage {
    fn new() -> Self {
        let now = Instant::now();
        Self { model: Model::new("program".into(), now), now, looks: Vec::new() }
    }

    fn add(&mut self, ground: Ground) -> TestProgram {
        let (watched, trace) = Watched::new(&ground.handle(), &Arc::default());
        self.model.add(watched, self.now);
        TestProgram::run_unrecorded(ground.with_trace(trace)).unwrap()
    }

    /// Sends the requests that are due, and handles the answers that have arrived.
    fn step(&mut self) {
        for (ground, handle, look) in self.model.due(self.now) {
            self.looks.push((ground, look.send(&handle)));
        }
        for (ground, mut look) in std::mem::take(&mut self.looks) {
            match block_on(poll_immediate(&mut look)) {
                Some(answer) => self.model.answer(ground, answer, self.now),
                None => self.looks.push((ground, look)),
            }
        }
    }

    /// Steps until a condition holds.
    fn wait_until(&mut self, mut holds: impl FnMut(&mut Self) -> bool) {
        marketplace_testing::wait_until(|| {
            self.step();
            Ok(holds(self))
        })
        .unwrap();
    }

    fn open(&mut self) -> u64 {
        let mut view = View::default();
        view.tree.rows = 100;
        let page = self.model.open();
        self.model.show(page, view);
        page
    }
}

/// A process that blocks in its first turn until it is released. It reports when the turn begins.
fn stubborn() -> (Spawn, Receiver<()>, Sender<()>) {
    let (tell, told) = channel();
    let (let_go, wait) = channel();
    let stubborn = Spawn::new((), move |(), _| {
        tell.send(())?;
        wait.recv()?;
        anyhow::Ok(())
    });
    (stubborn.named("stubborn"), told, let_go)
}

fn state(rows: &[Row], name: &str) -> Option<State> {
    rows.iter().find(|row| row.name == name).map(|row| row.state)
}

#[test]
fn who_does_not_end_its_turn_is_named_although_the_page_was_opened_later() {
    let mut stage = Stage::new();
    let program = stage.add(Ground::new());
    stage.wait_until(|stage| stage.model.tree().iter().any(|process| &*process.name == "ground"));
    let (stubborn, begun, let_go) = stubborn();
    program.spawn(Spawn::nested([stubborn]).named("room")).unwrap();
    begun.recv().unwrap();
    stage.now += Duration::from_secs(2);
    stage.step();
    stage.now += Duration::from_millis(1_100);
    stage.step();
    let page = stage.open();
    stage.step();
    let frame = stage.model.frame(page, stage.now);
    assert_eq!(frame.status.state, State::Stuck);
    assert_eq!(frame.status.reason.as_deref(), Some("the turn of room / stubborn does not end"));
    let rows = frame.tree.unwrap().rows;
    for name in ["program", "room", "stubborn"] {
        assert_eq!(state(&rows, name), Some(State::Stuck), "{rows:#?}");
    }
    let_go.send(()).unwrap();
    stage.wait_until(|stage| stage.model.frame(page, stage.now).status.state != State::Stuck);
}

#[test]
fn a_program_that_is_stuck_holds_up_no_other() {
    let mut stage = Stage::new();
    let (stubborn, begun, let_go) = stubborn();
    let stuck = stage.add(Ground::new());
    let other = stage.add(Ground::new());
    let page = stage.open();
    stage.wait_until(|stage| {
        stage.model.tree().iter().filter(|process| &*process.name == "ground").count() == 2
    });
    stuck.spawn(stubborn).unwrap();
    begun.recv().unwrap();
    stage.now += Duration::from_secs(2);
    stage.step();
    stage.now += Duration::from_millis(1_100);
    other
        .spawn(Spawn::new((), |(), cx| cx.perform(std::future::pending(), |(), _, ()| ())).named("lively"))
        .unwrap();
    stage.wait_until(|stage| {
        let tree = stage.model.frame(page, stage.now).tree;
        tree.is_some_and(|tree| {
            let (lively, stubborn) = (state(&tree.rows, "lively"), state(&tree.rows, "stubborn"));
            lively.is_some_and(|state| state != State::Stuck) && stubborn == Some(State::Stuck)
        })
    });
    let_go.send(()).unwrap();
}
