//! The requests to a program that questions cause.

use std::time::Duration;

use futures::FutureExt;
use marketplace_core::{Ground, Value, topic};

use super::scene::{Bomb, Said, Scene};

#[test]
fn a_program_is_looked_at_once_however_many_questions_wait_for_it() {
    let mut scene = Scene::new(Ground::new());
    let one = scene.model.snapshot(scene.ground, scene.now).unwrap();
    assert!(one.clone().now_or_never().is_none());
    // It does not answer for a long time.
    for _ in 0..10 {
        scene.pass(Duration::from_secs(3));
        let other = scene.model.snapshot(scene.ground, scene.now).unwrap();
        assert!(other.now_or_never().is_none());
    }
    let last = scene.model.snapshot(scene.ground, scene.now).unwrap();
    assert!(one.ptr_eq(&last));
    assert!(scene.program.wait(one).unwrap().is_some());
    // A snapshot that is this old does not answer another question.
    let next = scene.model.snapshot(scene.ground, scene.now).unwrap();
    assert!(!next.ptr_eq(&last));
    assert!(scene.program.wait(next.clone()).unwrap().is_some());
    assert!(next.ptr_eq(&scene.model.snapshot(scene.ground, scene.now).unwrap()));
}

#[test]
fn what_was_seen_and_panics_as_it_is_dropped_does_not_end_the_inspection() {
    let mut scene = Scene::new(Ground::new());
    let process = scene.program.process(|cx| {
        cx.subscriber(topic!(Said { .. })).named(Value::of(Bomb));
    });
    let process = process.unwrap();
    let snapshot = scene.model.snapshot(scene.ground, scene.now).unwrap();
    assert!(scene.program.wait(snapshot).unwrap().is_some());
    process.quit().unwrap();
    scene.program.settle();
    scene.pass(Duration::from_secs(3));
    scene.settle();
    assert!(scene.model.snapshot(scene.ground, scene.now).is_ok());
}
