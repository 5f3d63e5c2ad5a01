//! Records about processes of a nested VM that take part in the network of the containing VM.

use std::sync::Arc;

use marketplace_core::{Ground, Spawn, topic};

use super::scene::{Said, Scene};
use crate::frame::{Record, What};
use crate::recording::Excerpt;
use crate::view::{Filter, View};

/// Answers each message of its room in the ground with a message that has the next number.
fn echo(room: &'static str) -> Spawn {
    Spawn::new((), move |(), cx| {
        let mut outside = cx.meta();
        outside.publisher(topic!(Said { room: "echo", .. }));
        outside.subscriber(topic!(Said { room: room, .. })).on_message(|(), cx, said| {
            cx.meta().send(Said { room: "echo", word: said.word + 1 });
        });
    })
    .named(room)
}

/// The names of the VM, of the process inside, and of the process inside on the other side.
fn names(record: &Record) -> (&str, Option<&str>, Option<&str>) {
    let [inner, peer_inner] =
        [&record.inner, &record.peer_inner].map(|inner| inner.as_ref().map(|inner| &*inner.name));
    (&record.process_name, inner, peer_inner)
}

#[test]
fn who_takes_part_at_the_meta_level_is_named() {
    let vm = Spawn::nested([echo("a"), echo("b")]).named("vm");
    let mut scene = Scene::new(Ground::new().spawn(vm));
    let page = scene.open(View { timeline: Some(Filter::default()), ..View::default() });
    let _listener = scene.program.subscriber(topic!(Said { room: "echo", .. })).unwrap();
    let speaker = scene.program.process(|cx| drop(cx.publisher(topic!(Said { .. })))).unwrap();
    speaker
        .run(|cx| {
            cx.send(Said { room: "b", word: 1 });
            cx.send(Said { room: "a", word: 2 });
        })
        .unwrap();
    scene.frame(page);
    let records = scene.model.recording(&Excerpt::default());
    let of = |what: What, is_wanted: fn(&Record) -> bool| {
        let is_it = |record: &&Arc<Record>| record.what == what && is_wanted(record);
        records.iter().filter(is_it).map(|record| names(record)).collect::<Vec<_>>()
    };
    let of_vm = |record: &Record| &*record.process_name == "vm";
    assert_eq!(of(What::Delivered, of_vm), [("vm", Some("b"), None), ("vm", Some("a"), None)]);
    assert_eq!(of(What::Sent, of_vm), [("vm", Some("b"), None), ("vm", Some("a"), None)]);
    let from_vm = |record: &Record| record.peer_name.as_deref() == Some("vm");
    let heard = of(What::Delivered, from_vm).into_iter().map(|(_, _, sender)| sender);
    assert_eq!(heard.collect::<Vec<_>>(), [Some("b"), Some("a")]);
    let told = of(What::Presence, of_vm).into_iter().map(|(_, inner, _)| inner);
    assert_eq!(told.collect::<Vec<_>>(), [Some("a"), Some("b"), Some("a"), Some("b")]);
    // The filter finds records by the process inside, too.
    let inside = records.iter().find_map(|record| record.inner.clone()).unwrap();
    let filter = Filter { process: Some(inside.process), ..Filter::default() };
    let found = scene.model.recording(&Excerpt { filter, ..Excerpt::default() });
    assert!(
        !found.is_empty()
            && found.iter().all(|record| record.inner.as_ref() == Some(&inside)
                || record.peer_inner.as_ref() == Some(&inside)
                || record.process == inside.process)
    );
}
