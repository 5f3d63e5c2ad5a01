//! `ideas/crash.md`

use std::io;

use anyhow::Context as _;
use marketplace_core::{Ground, Message, Spawn, topic};
use marketplace_testing::TestProgram;

#[derive(Debug, Message)]
struct Save {
    text: String,
}

/// Saves texts to a disk, which is full.
fn disk() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Save { .. })).on_message(|(), _, save| {
            write(&save.text).with_context(|| format!("cannot save {:?}", save.text))
        });
    })
}

fn write(_text: &str) -> io::Result<()> {
    Err(io::ErrorKind::StorageFull.into())
}

#[test]
fn the_error_of_a_process_is_the_reason_that_its_peers_see() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(disk()));
    let mut disks = program.publisher(topic!(Save { .. }))?;
    disks.presence()?;

    program.send(Save { text: "hello".into() })?;
    let reason = disks.absence()?;
    assert_eq!(reason.to_string(), "cannot save \"hello\"");
    let cause = reason.downcast_ref::<io::Error>().map(io::Error::kind);
    assert_eq!(cause, Some(io::ErrorKind::StorageFull));
    Ok(())
}

#[test]
fn a_panic_is_a_crash_too() -> anyhow::Result<()> {
    let fragile = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Save { .. }))
            .on_message(|(), _, save| assert!(!save.text.is_empty(), "no text"));
    });
    let program = TestProgram::by_hand(Ground::new().spawn(fragile));
    let mut disks = program.publisher(topic!(Save { .. }))?;
    disks.presence()?;
    program.send(Save { text: String::new() })?;
    assert!(disks.absence()?.to_string().contains("no text"));
    Ok(())
}

/// Uses a disk, and fails with it, for the same reason.
fn editor() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.publisher(topic!(Save { .. }))
            .on_presence(|(), cx, _disk| cx.send(Save { text: "draft".into() }))
            .on_absence(|(), _, _disk, reason| reason.clone().into_result());
    })
}

#[test]
fn a_process_can_fail_for_the_reason_of_its_peer() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(disk()).main(editor()));
    let error = program.end().err().context("the program has not failed")?;
    assert_eq!(error.to_string(), "cannot save \"draft\"");
    Ok(())
}
