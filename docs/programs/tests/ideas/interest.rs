//! `ideas/interest.md`

use marketplace_core::{Ground, Interest, Message, Role, Spawn, topic};
use marketplace_testing::{InboxEvent, TestProgram};

#[derive(Debug, Message)]
struct Warmth {
    degrees: u32,
}

/// Heats when a subscriber needs warmth.
fn heating() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.publisher(topic!(Warmth { .. }))
            .on_presence(|(), cx, _subscriber| cx.send(Warmth { degrees: 20 }));
    })
}

#[test]
fn an_observer_sees_participants_and_is_not_seen_by_them() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(heating()));
    // A display observes the heating. The heating does not see the display, and stays off.
    let mut display = program.observe_publishers(topic!(Warmth { .. }))?;
    display.presence()?;
    display.nothing()?;
    // A resident takes part. Now the heating sends, and the display receives it too.
    let mut resident = program.subscriber(topic!(Warmth { .. }))?;
    resident.presence()?;
    assert_eq!(resident.message()?.degrees, 20);
    assert_eq!(display.message()?.degrees, 20);
    Ok(())
}

#[test]
fn everything_sees_observers_as_well() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let _display = program.observe_publishers(topic!(Warmth { .. }))?;
    let mut participants = program.observe_subscribers(topic!(Warmth { .. }))?;
    let everything = Role::publisher(topic!(Warmth { .. })).with_interest(Interest::Everything);
    let mut all = program.watch::<Warmth>(everything)?;
    participants.nothing()?;
    all.presence()?;
    Ok(())
}

const INTERESTS: [Interest; 3] = [Interest::Participant, Interest::Observer, Interest::Everything];

/// The table in a text: a line for each interest that is seen, with a `yes` or a `no` for each that sees it.
fn table(text: &str) -> Vec<[bool; 3]> {
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        match &cells[..] {
            [_, _, cells @ .., _] if cells.iter().all(|cell| matches!(*cell, "yes" | "no")) => {
                <[&str; 3]>::try_from(cells).ok().map(|cells| cells.map(|cell| cell == "yes"))
            }
            _ => None,
        }
    });
    rows.collect()
}

/// Whether a subscriber of one interest is seen by a publisher of another, as a program shows it.
fn is_seen(seen: Interest, sees: Interest) -> anyhow::Result<bool> {
    let program = TestProgram::by_hand(Ground::new());
    let topic = topic!(Warmth { .. });
    let mut watching = program.watch::<Warmth>(Role::publisher(topic.clone()).with_interest(sees))?;
    let _watched = program.watch::<Warmth>(Role::subscriber(topic).with_interest(seen))?;
    Ok(watching.rest().iter().any(|event| matches!(event, InboxEvent::Presence { .. })))
}

#[test]
fn the_table_of_the_page_and_of_the_documentation_is_what_programs_show() -> anyhow::Result<()> {
    let page = table(include_str!("../../../src/ideas/interest.md"));
    assert_eq!(page, table(include_str!("../../../../marketplace-core/src/role.rs")));
    assert_eq!(page.len(), INTERESTS.len());
    for (row, seen) in page.into_iter().zip(INTERESTS) {
        for (visible, sees) in row.into_iter().zip(INTERESTS) {
            assert_eq!(is_seen(seen, sees)?, visible, "{seen:?} seen by {sees:?}");
        }
    }
    Ok(())
}
