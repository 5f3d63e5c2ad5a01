//! What is shown of processes.

use std::time::Duration;

use anyhow::anyhow;
use marketplace_core::{Ground, Reason, Spawn, Value, topic};

use super::scene::{Bomb, Said, Scene};
use crate::frame::{Graph, Kind, State, What};
use crate::view::{Filter, GraphView, View};

fn named(name: &'static str) -> Spawn {
    Spawn::new((), |(), cx| drop(cx.subscriber(topic!(Said { room: "a", .. })))).named(name)
}

#[test]
fn a_failure_is_shown_with_its_reason_although_no_page_was_open() {
    let mut scene = Scene::new(Ground::new());
    scene.settle();
    scene
        .program
        .spawn(Spawn::new((), |(), _| Err::<(), _>(anyhow!("out of paper"))).named("printer"))
        .unwrap();
    scene.pass(Duration::from_secs(20));
    scene.settle();
    let printer = scene.row("printer");
    assert_eq!((printer.state, printer.reason.as_deref()), (State::Failed, Some("out of paper")));
    let page = scene.open(View { timeline: Some(Filter::default()), ..View::default() });
    let records = scene.frame(page).timeline.unwrap().records;
    let failed = records.iter().find(|record| record.what == What::Failed).unwrap();
    assert_eq!((&*failed.process_name, failed.reason.as_deref()), ("printer", Some("out of paper")));
}

#[test]
fn those_who_left_are_shown_for_a_while() {
    let mut scene = Scene::new(Ground::new());
    let process = scene.program.process(|_| ()).unwrap();
    process.quit().unwrap();
    assert_eq!(scene.row("test process").state, State::Left);
    scene.pass(Duration::from_secs(31));
    assert!(scene.rows().iter().all(|row| row.name != "test process"));
}

#[test]
fn whoever_has_gone_fades_from_the_graph_although_nothing_else_happens() {
    let mut scene = Scene::new(Ground::new());
    let process = scene.program.process(|_| ()).unwrap();
    let graph = GraphView { vm: scene.ground, ..GraphView::default() };
    let page = scene.open(View { graph: Some(graph), ..View::default() });
    process.quit().unwrap();
    let labels = |graph: &Graph| graph.nodes.iter().map(|node| node.label.clone()).collect::<Vec<_>>();
    let fading = scene.frame(page).graph.unwrap();
    assert!(labels(&fading).contains(&"test process".to_owned()), "{fading:?}");
    // What there is to be counted has been.
    for _ in 0..4 {
        scene.pass(Duration::from_secs(2));
        scene.frame(page);
    }
    scene.pass(Duration::from_secs(3));
    let faded = scene.frame(page).graph.unwrap();
    assert!(!labels(&faded).contains(&"test process".to_owned()), "{faded:?}");
}

#[test]
fn no_more_than_two_hundred_of_those_who_left_are_shown() {
    let mut scene = Scene::new(Ground::new());
    for _ in 0..300 {
        scene.program.spawn(Spawn::new((), |(), cx| cx.quit()).named("brief")).unwrap();
    }
    assert_eq!(scene.rows().iter().filter(|row| row.name == "brief").count(), 200);
}

#[test]
fn a_process_is_busy_while_it_takes_turns() {
    let mut scene = Scene::new(Ground::new());
    let process = scene.program.process(|_| ()).unwrap();
    let mut view = View::default();
    view.tree.rows = 100;
    let page = scene.open(view);
    let row = |scene: &mut Scene| {
        scene.pass(Duration::from_secs(1));
        let tree = scene.frame(page).tree;
        scene.pass(Duration::from_secs(1));
        tree.and_then(|tree| tree.rows.into_iter().find(|row| row.name == "test process"))
    };
    row(&mut scene);
    row(&mut scene);
    process.run(|_| ()).unwrap();
    let busy = row(&mut scene).unwrap();
    assert_eq!(busy.state, State::Busy);
    let idle = row(&mut scene).unwrap();
    assert_eq!((idle.state, idle.turns), (State::Idle, busy.turns));
    // Nothing has changed since, so nothing is sent.
    assert!(row(&mut scene).is_none());
}

#[test]
fn who_started_a_process_and_its_age_are_shown() {
    let mut scene = Scene::new(Ground::new());
    let parent = scene.program.process(|_| ()).unwrap();
    parent.run(|cx| cx.spawn(named("child"))).unwrap();
    scene.pass(Duration::from_secs(5));
    let child = scene.row("child");
    assert!(child.age.is_some_and(|age| (4.9..6.0).contains(&age)), "{child:?}");
    let page = scene.open(View { process: Some(child.number), ..View::default() });
    let detail = scene.frame(page).process.unwrap();
    assert_eq!(detail.started_by.as_deref(), Some("test process"));
    assert_eq!(detail.path, ["program"]);
}

#[test]
fn restarts_are_counted_for_the_supervisor_and_for_what_it_restarts() {
    let mut scene = Scene::new(Ground::new());
    let supervisor = scene.program.process(|_| ()).unwrap();
    for _ in 0..3 {
        supervisor
            .run(|cx| {
                cx.spawn_then(named("child"), |(), cx, _| {
                    cx.trace_restart("child", &Reason::error(anyhow!("it broke")));
                });
            })
            .unwrap();
    }
    assert_eq!(scene.row("test process").restarts, 3);
    let restarts: Vec<_> =
        scene.rows().iter().filter(|row| row.name == "child").map(|row| row.restarts).collect();
    assert_eq!(restarts, [1, 2, 3]);
}

#[test]
fn an_endpoint_is_shown_with_those_that_it_meets() {
    let mut scene = Scene::new(Ground::new().spawn(named("listener")));
    let speaker = scene.program.process(|cx| {
        drop(cx.publisher(topic!(Said { .. })).named("mouth"));
    });
    let _speaker = speaker.unwrap();
    let listener = scene.row("listener").number;
    let page = scene.open(View { process: Some(listener), ..View::default() });
    let endpoints = scene.frame(page).process.unwrap().endpoints;
    assert_eq!(endpoints.len(), 1);
    assert_eq!(endpoints[0].role, r#"subscriber(topic!(Said { room: "a", .. }))"#);
    assert_eq!(endpoints[0].peers.len(), 1);
    let peer = &endpoints[0].peers[0];
    assert_eq!((&*peer.process_name, &*peer.endpoint), ("test process", r#""mouth""#));
    assert_eq!(peer.conversation, r#"Said { room: "a", .. }"#);
}

#[test]
fn an_endpoint_at_the_meta_level_is_shown_of_the_process_inside() {
    let inner = Spawn::new((), |(), cx| drop(cx.meta().publisher(topic!(Said { .. })).named("mouth")));
    let room = Spawn::nested([inner.named("inner")]).named("room");
    let mut scene = Scene::new(Ground::new().spawn(named("listener")).spawn(room));
    let row = scene.row("room");
    assert_eq!((row.kind, row.inside), (Kind::Vm, 1));
    let (inner, listener) = (scene.row("inner").number, scene.row("listener").number);
    let page = scene.open(View { process: Some(inner), ..View::default() });
    let detail = scene.frame(page).process.unwrap();
    assert_eq!(detail.path, ["program", "room"]);
    let endpoint = &detail.endpoints[0];
    assert!(endpoint.is_meta);
    assert_eq!((&*endpoint.name, endpoint.peers[0].process), (r#""mouth""#, listener));
    let page = scene.open(View { process: Some(listener), ..View::default() });
    let listener = scene.frame(page).process.unwrap();
    assert_eq!(listener.endpoints[0].peers[0].process, inner);
}

#[test]
fn a_program_that_has_ended_is_shown_with_its_error() {
    let mut scene = Scene::new(Ground::new());
    scene.settle();
    let handle = scene.program.handle();
    let page = scene.open(View::default());
    scene.program.ask_to_stop().unwrap();
    let ended = scene.program.wait(crate::request::ProgramRequest::End.send(&handle)).unwrap();
    scene.model.answer(scene.ground, ended, scene.now);
    let status = scene.model.frame(page, scene.now).status;
    assert_eq!((status.state, status.reason), (State::Left, None));
}

#[test]
fn a_name_that_panics_as_it_is_dropped_does_not_end_the_inspection() {
    let mut scene = Scene::new(Ground::new());
    let process = scene.program.process(|_| ()).unwrap();
    let page = scene.open(View { timeline: Some(Filter::default()), ..View::default() });
    process
        .run(|cx| {
            cx.subscriber(topic!(Said { .. })).named(Value::of(Bomb));
        })
        .unwrap();
    scene.frame(page);
    process.quit().unwrap();
    let records = scene.frame(page).timeline.unwrap().records;
    assert!(records.iter().any(|record| record.what == What::Deleted), "{records:?}");
    assert!(records.iter().any(|record| record.what == What::Left));
}
