//! `ideas/nesting.md`

use marketplace_core::{Ground, Message, Spawn, topic};
use marketplace_testing::TestProgram;

#[derive(Debug, Message)]
struct Said(&'static str);

#[derive(Debug, Message)]
struct News(&'static str);

/// A room in which some words are said. The reporter publishes them outside the room, and closes the room on "close".
fn room(words: &'static [&'static str]) -> Spawn {
    let reporter = Spawn::new((), |(), cx| {
        cx.meta().publisher(topic!(News(_)));
        cx.subscriber(topic!(Said(_))).on_message(|(), cx, said| match said.0 {
            "close" => cx.meta().quit(),
            word => cx.meta().send(News(word)),
        });
    });
    let speaker = Spawn::new((), move |(), cx| {
        cx.publisher(topic!(Said(_))).on_presence(move |(), cx, _reporter| {
            words.iter().for_each(|word| cx.send(Said(word)));
        });
    });
    Spawn::nested([reporter, speaker])
}

#[test]
fn messages_stay_in_their_virtual_machine() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut said = program.subscriber(topic!(Said(_)))?;
    let mut news = program.subscriber(topic!(News(_)))?;
    program.spawn(room(&["hello"]))?;
    news.presence()?;
    assert_eq!(news.message()?.0, "hello");
    said.nothing()?;
    Ok(())
}

#[test]
fn a_virtual_machine_ends_with_everything_in_it() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut news = program.subscriber(topic!(News(_)))?;
    program.spawn(room(&["hello", "close"]))?;
    news.presence()?;
    assert_eq!(news.message()?.0, "hello");
    news.absence()?;
    Ok(())
}

#[test]
fn the_ground_has_no_meta_level() -> anyhow::Result<()> {
    let lost = Spawn::new((), |(), cx| cx.meta().send(News("hello")));
    let ended = TestProgram::by_hand(Ground::new().main(lost)).end();
    assert!(ended.is_err());
    Ok(())
}
