//! What is shown of messages: exact counts, bounded samples, and values only on pages that show them.

use std::any::TypeId;
use std::time::Duration;

use marketplace_core::{Ground, Message, topic};
use marketplace_testing::TestProcess;

use super::scene::{Said, Scene};
use crate::frame::{Record, Second, Timeline, TypeRates, Values, What};
use crate::hidden_values::HiddenValues;
use crate::recording::Excerpt;
use crate::view::{Filter, View};

#[derive(Debug, Message)]
#[message(lossy)]
struct Beat(u32);

struct Broken;

impl std::fmt::Debug for Broken {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("not to be shown")
    }
}

#[derive(Debug, Message)]
#[message(lossy)]
struct Odd(#[message(skip)] Broken);

fn view(values: bool) -> View {
    View { timeline: Some(Filter::default()), numbers: true, values, ..View::default() }
}

fn speaker(scene: &Scene) -> TestProcess {
    scene.program.process(|cx| drop(cx.publisher(topic!(Beat(_))))).unwrap()
}

fn beat(process: &TestProcess, times: u32) {
    process.run(move |cx| (0..times).for_each(|beat| cx.send(Beat(beat)))).unwrap();
}

fn rates_of(rates: Vec<TypeRates>, name: &str) -> TypeRates {
    rates.into_iter().find(|rates| &*rates.message_type == name).unwrap()
}

fn of(timeline: &Timeline, what: What, name: &str) -> Vec<Record> {
    let is_it = |record: &&std::sync::Arc<Record>| {
        record.what == what && record.message_type.as_deref() == Some(name)
    };
    timeline.records.iter().filter(is_it).map(|record| Record::clone(record)).collect()
}

#[test]
fn messages_are_counted_by_type_exactly_however_few_are_shown() {
    let mut scene = Scene::new(Ground::new());
    let _two = [1, 2].map(|_| scene.program.subscriber(topic!(Beat(_))).unwrap());
    let speaker = speaker(&scene);
    let page = scene.open(view(false));
    for _ in 0..4 {
        beat(&speaker, 5_000);
        scene.pass(Duration::from_secs(1));
        scene.frame(page);
    }
    beat(&speaker, 5_000);
    scene.pass(Duration::from_secs(1));
    let frame = scene.frame(page);
    let numbers = frame.numbers.unwrap();
    assert_eq!(numbers.seconds.len(), 1);
    // There are also the messages by which the test controls the process.
    let Second { messages, deliveries, .. } = numbers.seconds[0];
    assert!((5_000.0..5_005.0).contains(&messages) && (10_000.0..10_005.0).contains(&deliveries));
    let rates = rates_of(numbers.types, "Beat");
    assert_eq!((rates.messages, rates.deliveries, rates.dropped), (5_000.0, 10_000.0, 0.0));
    assert_eq!(rates.total, 25_000);
    let shown = of(&frame.timeline.unwrap(), What::Sent, "Beat");
    assert!(!shown.is_empty());
}

#[test]
fn a_flood_is_sampled_and_the_status_says_so() {
    let mut scene = Scene::new(Ground::new());
    let _one = scene.program.subscriber(topic!(Beat(_))).unwrap();
    let speaker = speaker(&scene);
    let page = scene.open(view(false));
    assert_eq!(scene.frame(page).status.sampling, 1);
    beat(&speaker, 30_000);
    scene.pass(Duration::from_secs(1));
    let flooded = scene.frame(page);
    // 60,000 are sent and delivered, and about a thousand are to be recorded: one in 64, which is a power of two.
    assert_eq!(flooded.status.sampling, 64);
    assert!(flooded.status.skipped >= 60_000 - 4_000, "{}", flooded.status.skipped);
    let timeline = flooded.timeline.unwrap();
    assert_eq!(timeline.records.len(), 500);
    assert!(timeline.hidden <= 4_000);
    beat(&speaker, 6_400);
    let sampled = scene.frame(page).timeline.unwrap();
    let sent = of(&sampled, What::Sent, "Beat").len() + usize::try_from(sampled.hidden).unwrap();
    assert!((30..=400).contains(&sent), "{sent}");
    scene.pass(Duration::from_secs(1));
    scene.frame(page);
    scene.pass(Duration::from_secs(1));
    assert_eq!(scene.frame(page).status.sampling, 1);
}

#[test]
fn what_was_counted_for_pages_that_have_gone_is_not_counted_for_the_next() {
    let mut scene = Scene::new(Ground::new());
    let speaker = speaker(&scene);
    let former = scene.open(view(false));
    scene.frame(former);
    beat(&speaker, 3);
    scene.model.close(former);
    let page = scene.open(view(false));
    beat(&speaker, 2);
    scene.frame(page);
    scene.pass(Duration::from_secs(1));
    let numbers = scene.frame(page).numbers.unwrap();
    assert_eq!(rates_of(numbers.types, "Beat").total, 2);
}

#[test]
fn whoever_is_told_of_a_message_is_shown_with_who_sent_it() {
    let mut scene = Scene::new(Ground::new());
    let _one = scene.program.subscriber(topic!(Beat(_))).unwrap();
    let speaker = speaker(&scene);
    let page = scene.open(view(false));
    scene.frame(page);
    beat(&speaker, 1);
    let timeline = scene.frame(page).timeline.unwrap();
    let (sent, delivered) = (of(&timeline, What::Sent, "Beat"), of(&timeline, What::Delivered, "Beat"));
    assert_eq!((sent.len(), delivered.len()), (1, 1));
    assert_eq!(sent[0].message, delivered[0].message);
    assert_eq!(delivered[0].peer, Some(sent[0].process));
    assert_ne!(delivered[0].process, sent[0].process);
    assert!(sent[0].number < delivered[0].number && !delivered[0].is_feedback);
}

#[test]
fn a_message_that_nobody_takes_is_shown_with_the_reason() {
    let mut scene = Scene::new(Ground::new());
    let speaker = scene.program.process(|_| ()).unwrap();
    let page = scene.open(view(false));
    scene.frame(page);
    speaker.run(|cx| cx.send(Said { room: "lobby", word: 1 })).unwrap();
    let dropped = of(&scene.frame(page).timeline.unwrap(), What::Dropped, "Said");
    assert_eq!(dropped[0].reason.as_deref(), Some("there is no subscriber of Said"));
    let _other = scene.program.subscriber(topic!(Said { room: "loby", .. })).unwrap();
    speaker.run(|cx| cx.send(Said { room: "lobby", word: 1 })).unwrap();
    let dropped = of(&scene.frame(page).timeline.unwrap(), What::Dropped, "Said");
    let reason = dropped[0].reason.clone().unwrap();
    assert_eq!(&*reason, r#"the subscriber of Said has another topic: Said { room: "loby", .. }"#);
}

#[test]
fn values_are_shown_to_pages_that_ask_and_to_no_others() {
    let mut scene = Scene::new(Ground::new());
    let speaker = speaker(&scene);
    let (curious, other) = (scene.open(view(true)), scene.open(view(false)));
    beat(&speaker, 1);
    let frames = [curious, other].map(|page| scene.frame(page));
    let texts = frames.map(|frame| {
        (
            frame.status.values,
            of(&frame.timeline.unwrap(), What::Sent, "Beat")[0].text.as_deref().map(str::to_owned),
        )
    });
    assert_eq!(texts, [(Values::Shown, Some("Beat(0)".to_owned())), (Values::Hidden, None)]);
    scene.model.close(curious);
    beat(&speaker, 1);
    let page = scene.open(View { values: true, ..view(true) });
    // It was sent while no page showed values.
    let sent = of(&scene.frame(page).timeline.unwrap(), What::Sent, "Beat");
    assert_eq!(sent.last().unwrap().text, None);
}

#[test]
fn what_a_page_may_not_see_is_not_found_by_its_filter() {
    let mut scene = Scene::new(Ground::new());
    let speaker = speaker(&scene);
    let _curious = scene.open(view(true));
    let filter = Filter { text: "beat(".into(), ..Filter::default() };
    let page = scene.open(View { timeline: Some(filter), ..View::default() });
    speaker.run(|cx| cx.send(Beat(7))).unwrap();
    let records = scene.frame(page).timeline.unwrap().records;
    assert!(records.iter().all(|record| record.what != What::Sent), "{records:?}");
}

#[test]
fn a_download_has_the_values_that_it_asks_for_whatever_the_pages_see() {
    let mut scene = Scene::new(Ground::new());
    let speaker = speaker(&scene);
    let curious = scene.open(view(true));
    beat(&speaker, 1);
    scene.frame(curious);
    let text = |scene: &Scene, values| {
        let records = scene.model.recording(&Excerpt { values, ..Excerpt::default() });
        let sent =
            records.iter().find(|it| it.what == What::Sent && it.message_type.as_deref() == Some("Beat"));
        sent.unwrap().text.as_deref().map(str::to_owned)
    };
    assert_eq!([false, true].map(|values| text(&scene, values)), [None, Some("Beat(0)".to_owned())]);
}

#[test]
fn hidden_values_are_never_shown() {
    for (hidden_values, values) in [
        (HiddenValues { all: false, types: [TypeId::of::<Beat>()].into() }, Values::Shown),
        (HiddenValues { all: true, types: [].into() }, Values::Forbidden),
    ] {
        let mut scene = Scene::hiding(Ground::new(), hidden_values);
        let speaker = speaker(&scene);
        let page = scene.open(view(true));
        beat(&speaker, 1);
        let frame = scene.frame(page);
        assert_eq!(frame.status.values, values);
        assert_eq!(of(&frame.timeline.unwrap(), What::Sent, "Beat")[0].text, None);
    }
}

#[test]
fn a_value_whose_debug_panics_is_shown_as_such() {
    let mut scene = Scene::new(Ground::new());
    let speaker = scene.program.process(|_| ()).unwrap();
    let page = scene.open(view(true));
    speaker.run(|cx| cx.send(Odd(Broken))).unwrap();
    let sent = of(&scene.frame(page).timeline.unwrap(), What::Sent, "Odd");
    assert_eq!(sent[0].text.as_deref(), Some("Odd((panicked while being formatted)"));
    // The program and the trace go on.
    speaker.run(|cx| cx.send(Odd(Broken))).unwrap();
    assert_eq!(of(&scene.frame(page).timeline.unwrap(), What::Sent, "Odd").len(), 1);
}
