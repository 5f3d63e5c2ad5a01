//! The spy: what it writes.

use std::sync::Arc;

use anyhow::bail;
use futures::executor::block_on;
use marketplace_core::{Spawn, Spy, topic};

use super::late::trace;
use super::page::Page;
use crate::support::{Go, Say, Stage, ground};

/// Subscribes to messages about 1, until step 9.
fn listener() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Say(1, _))).named("ear").on_message(|(), _, _| ());
        cx.subscriber(topic!(Go(9))).named("end").on_message(|(), cx, _| cx.quit());
    })
    .named("listener")
}

/// Sends a message to the listener and one that nobody receives, and ends.
fn talker() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.publisher(topic!(Say(1, _))).named("mouth");
        cx.send(Say(1, "hi"));
        cx.send(Say(2, "ho"));
        cx.send(Go(9));
        cx.quit();
    })
    .named("talker")
}

fn lines_of(processes: impl IntoIterator<Item = Spawn>, spy: impl Fn(Page) -> Spy) -> anyhow::Result<String> {
    let page = Page::default();
    block_on(ground(processes).with_trace(spy(page.clone())).run())?;
    page.take()
}

/// The lines about this process and the processes inside it, without its name.
fn about(who: &str, lines: &str) -> Vec<String> {
    let lines = lines.lines().filter_map(|line| line.strip_prefix(who));
    lines.map(|line| line.trim_start_matches(": ").to_owned()).collect()
}

#[test]
fn s19_a_spy_tells_in_plain_lines_what_happens() -> anyhow::Result<()> {
    let lines = lines_of([Spawn::nested([listener(), talker()]).named("room")], Spy::to)?;
    let expected = [
        "/listener Pid(0): starts",
        "/talker Pid(1): starts",
        "/talker Pid(1): is leaving: normal",
        "/listener Pid(0): adds endpoint \"ear\": subscriber of Say(1, _)",
        "/listener Pid(0): adds endpoint \"end\": subscriber of Go(9)",
        "/talker Pid(1): adds endpoint \"mouth\": publisher of Say(1, _)",
        "/listener Pid(0): presence of a publisher of Say(1, _), \"mouth\" of talker Pid(1), at \"ear\" (subscriber of Say(1, _))",
        "/talker Pid(1): presence of a subscriber of Say(1, _), \"ear\" of listener Pid(0), at \"mouth\" (publisher of Say(1, _))",
        "/talker Pid(1): sends as publisher: Say(1, \"hi\")",
        "/listener Pid(0): receives at \"ear\" (subscriber of Say(1, _)): Say(1, \"hi\")",
        "/talker Pid(1): sends as publisher: Say(2, \"ho\")",
        "/talker Pid(1): the message that it sent as publisher is dropped, no participant received it: Say(2, \"ho\")",
        "/talker Pid(1): sends as publisher: Go(9)",
        "/listener Pid(0): receives at \"end\" (subscriber of Go(9)): Go(9)",
        "/listener Pid(0): is leaving: normal",
        "/talker Pid(1): deletes \"mouth\" (publisher of Say(1, _)): normal",
        "/listener Pid(0): absence of a publisher of Say(1, _), \"mouth\" of talker Pid(1), at \"ear\" (subscriber of Say(1, _)): normal",
        "/talker Pid(1): absence of a subscriber of Say(1, _), \"ear\" of listener Pid(0), at \"mouth\" (publisher of Say(1, _)): normal",
        "/talker Pid(1): has left: normal",
        "/listener Pid(0): deletes \"ear\" (subscriber of Say(1, _)): normal",
        "/listener Pid(0): deletes \"end\" (subscriber of Go(9)): normal",
        "/listener Pid(0): has left: normal",
    ];
    let told: Vec<&str> = lines.lines().filter_map(|line| line.strip_prefix("room")).collect();
    let (inside, room): (Vec<&str>, Vec<&str>) = told.into_iter().partition(|line| line.starts_with('/'));
    assert_eq!(inside, expected);
    assert_eq!(room, [" Pid(1): starts", " Pid(1): has left: normal"]);
    Ok(())
}

#[test]
fn s19_a_spy_tells_who_fails_and_of_what_and_what_is_not_done_for_it() -> anyhow::Result<()> {
    let bad = Spawn::new((), |(), cx| {
        cx.send(Say(1, "hi"));
        cx.spawn(talker());
        cx.subscriber(topic!(Say(1, _))).named("ear");
        bail!("no fuel")
    });
    let lines = lines_of([bad], Spy::to)?;
    let expected = [
        "starts",
        "its action is discarded: send as publisher: Say(1, \"hi\")",
        "its action is discarded: spawn talker",
        "its action is discarded: add endpoint \"ear\": subscriber of Say(1, _)",
        "fails: no fuel",
        "is leaving: no fuel",
        "has left: no fuel",
    ];
    assert_eq!(about("Pid(1)", &lines), expected);
    Ok(())
}

#[test]
fn s19_a_spy_names_who_asked_for_a_process_and_what_is_asked_outside() -> anyhow::Result<()> {
    let inner = Spawn::new((), |(), cx| {
        cx.meta().send_feedback(Say(1, "hi"));
        cx.meta().quit();
        cx.spawn(Spawn::new((), |(), _| ()).named("child"));
    });
    let lines = lines_of([Spawn::nested([inner.named("inner")]).named("room")], Spy::to)?;
    let inner = about("room/inner Pid(0)", &lines);
    let asked = [
        "starts",
        "requests at the meta level: send as subscriber: Say(1, \"hi\")",
        "requests at the meta level: quit",
        "has left: normal",
    ];
    assert_eq!(inner, asked);
    let child = about("room/child Pid(1)", &lines);
    assert_eq!(child.first().map(String::as_str), Some("starts, spawned by inner Pid(0)"));
    let dropped =
        "the message that it sent as subscriber is dropped, no participant received it: Say(1, \"hi\")";
    assert!(about("room Pid(1)", &lines).iter().any(|line| line == dropped), "{lines}");
    Ok(())
}

#[test]
fn s19_a_verbose_spy_tells_of_each_turn_and_of_what_is_taken() -> anyhow::Result<()> {
    let spawner = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Say(1, _))).named("ear").on_settled(|(), cx, _| {
            cx.yield_then(|(), cx| {
                cx.send(Say(1, "hi"));
                cx.quit();
            });
        });
    });
    let quiet = about("Pid(1)", &lines_of([spawner], Spy::to)?);
    assert!(quiet.contains(&"takes a turn: an endpoint is settled, peers: 0".to_owned()), "{quiet:?}");
    let others = ["boot", "it resumes", "ends its turn", "is received"];
    assert!(!quiet.iter().any(|line| others.iter().any(|other| line.contains(other))), "{quiet:?}");

    let verbose = lines_of([listener(), talker()], |page| Spy::to(page).verbose())?;
    let talker = about("talker Pid(2)", &verbose);
    assert_eq!(talker[..4], ["starts", "takes a turn: boot", "is leaving: normal", "ends its turn"]);
    assert!(
        talker.contains(&"the message that it sent as publisher is received: Say(1, \"hi\")".to_owned()),
        "{verbose}"
    );
    assert!(about("listener Pid(1)", &verbose).contains(&"takes a turn: a message".to_owned()), "{verbose}");
    Ok(())
}

#[test]
fn s19_a_spy_that_comes_late_learns_the_names_from_the_snapshot() -> anyhow::Result<()> {
    for learns in [true, false] {
        let mut stage = Stage::new([Spawn::nested([relay(), listener()]).named("room")]);
        let page = Page::default();
        let spy = Arc::new(Spy::to(page.clone()));
        let guard = trace(&mut stage, Arc::clone(&spy))?;
        if learns {
            spy.learn(&guard.snapshot);
        }
        stage.go(1)?;
        let lines = page.take()?;
        // Without the snapshot, the spy knows only the processes that have taken a turn since, and the VMs of these.
        let expected = match learns {
            true => "room/listener Pid(1): receives at \"ear\" (subscriber of Say(1, _)): Say(1, \"hi\")",
            false => "room/Pid(1): receives at #",
        };
        assert!(lines.lines().any(|line| line.starts_with(expected)), "{lines}");
        stage.stop()?;
    }
    Ok(())
}

/// Sends a message inside at a step from outside.
fn relay() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.meta().subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.send(Say(1, "hi")));
    })
    .named("relay")
}

#[test]
fn s19_a_spy_forgets_who_has_gone() -> anyhow::Result<()> {
    let page = Page::default();
    let spy = Arc::new(Spy::to(page.clone()));
    let mut stage = Stage::of(ground([listener()]).with_trace(Arc::clone(&spy)));
    let mut sizes = Vec::new();
    for _ in 0..30 {
        for _ in 0..10 {
            stage.spawn(Spawn::nested([Spawn::nested([listener(), talker()]), talker()]))?;
            stage.spawn(talker())?;
        }
        sizes.push(format!("{spy:?}").len());
    }
    // The numbers get longer, and nothing else does.
    assert!(sizes[29] <= sizes[0] + 100, "{sizes:?}");
    assert!(page.take()?.len() > 100_000, "all of it was told");
    stage.stop()
}
