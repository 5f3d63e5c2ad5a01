//! S6 and S7: presence and absence.

use marketplace_core::{EventKinds, Interest, Orientation, Reason, Role, Spawn, topic};

use crate::support::{Go, Log, Say, Stage, publisher, trace};

const INTERESTS: [Interest; 3] = [Interest::Participant, Interest::Observer, Interest::Everything];

/// The table of [`Interest`]: whether the row sees the column.
const VISIBLE: [[bool; 3]; 3] = [[true, true, true], [false, false, true], [false, false, true]];

/// What two endpoints for 1 receive: a subscriber's, and a publisher's that is added later and deleted at step 1.
fn pair(log: &Log, older: Interest, younger: Interest) -> anyhow::Result<Vec<String>> {
    let mut stage =
        Stage::new([log.watcher("older", Role::subscriber(topic!(Say(1, _))).with_interest(older))]);
    let (log, events) = (log.clone(), log.events("younger"));
    let topic = topic!(Say(1, _));
    stage.spawn(Spawn::new((), move |(), cx| {
        match younger {
            Interest::Participant => cx.publisher(topic),
            Interest::Observer => cx.observe_subscribers(topic),
            Interest::Everything => cx.observe_subscribers_everything(topic),
        }
        .named("younger")
        .on(EventKinds::PRESENCE | EventKinds::ABSENCE, events);
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.delete("younger"));
    }))?;
    stage.go(1)?;
    Ok(log.take())
}

#[test]
fn s06_and_s07_who_sees_whom() -> anyhow::Result<()> {
    for (row, older) in INTERESTS.into_iter().enumerate() {
        for (column, younger) in INTERESTS.into_iter().enumerate() {
            let mut expected = vec!["older settled, 0"];
            let (older_sees, younger_sees) = (VISIBLE[column][row], VISIBLE[row][column]);
            expected.extend(older_sees.then_some("older + Say(1, _)"));
            expected.extend(younger_sees.then_some("younger + Say(1, _)"));
            expected.extend(older_sees.then_some("older - Say(1, _), normal"));
            expected.extend(younger_sees.then_some("younger - Say(1, _), normal"));
            assert_eq!(pair(&Log::default(), older, younger)?, expected, "{older:?}, then {younger:?}");
            assert_eq!(older.is_visible_to(younger), younger_sees, "{older:?} by {younger:?}");
        }
    }
    Ok(())
}

#[test]
fn s06_each_older_peer_is_told_first_and_then_the_new_endpoint_of_it() {
    let lines = trace(|log| {
        [
            log.watcher("a", Role::subscriber(topic!(Say(..)))),
            log.watcher("b", Role::subscriber(topic!(Say(1, "x")))),
            log.watcher("c", Role::subscriber(topic!(Say(1, _)))),
            log.watcher("d", Role::publisher(topic!(Say(1, _)))),
        ]
    });
    let told = [
        "a + Say(1, _)",
        "d + Say(1, _)",
        "b + Say(1, \"x\")",
        "d + Say(1, \"x\")",
        "c + Say(1, _)",
        "d + Say(1, _)",
        "d settled, 3",
    ];
    assert_eq!(lines[3..], told);
}

#[test]
fn s06_roles_are_refined_to_the_intersection() {
    let lines = trace(|log| {
        [
            log.watcher("a", Role::subscriber(topic!(Say(1, _)))),
            log.watcher("b", Role::publisher(topic!(Say(_, "x")))),
        ]
    });
    assert_eq!(lines[1..], ["a + Say(1, \"x\")", "b + Say(1, \"x\")", "b settled, 1"]);
}

#[test]
fn s06_a_peer_is_shown_with_its_own_orientation_and_interest() {
    let lines = trace(|log| {
        let (older, younger) = (log.clone(), log.clone());
        let older = Spawn::new((), move |(), cx| {
            cx.observe_publishers_everything(topic!(Say(1, _))).on_presence(move |(), _, peer| {
                older.add(format_args!("{:?} {:?}", peer.orientation, peer.interest))
            });
        });
        let younger = Spawn::new((), move |(), cx| {
            cx.observe_subscribers_everything(topic!(Say(1, _))).on_presence(move |(), _, peer| {
                younger.add(format_args!("{:?} {:?}", peer.orientation, peer.interest))
            });
            cx.publisher(topic!(Say(1, _)));
        });
        [older, younger]
    });
    assert_eq!(lines, ["Publisher Everything", "Subscriber Everything", "Publisher Participant"]);
}

#[test]
fn s06_endpoints_of_one_process_see_each_other() {
    let lines = trace(|log| {
        let (ears, mouth) = (log.events("ears"), log.events("mouth"));
        [Spawn::new((), move |(), cx| {
            cx.subscriber(topic!(Say(1, _))).on(EventKinds::PRESENCE, ears);
            cx.publisher(topic!(Say(1, _))).on(EventKinds::PRESENCE, mouth);
        })]
    });
    assert_eq!(lines, ["ears + Say(1, _)", "mouth + Say(1, _)"]);
}

#[test]
fn s06_endpoints_of_one_orientation_or_of_topics_apart_see_nothing_of_each_other() {
    let lines = trace(|log| {
        [
            log.watcher("a", Role::subscriber(topic!(Say(1, "x")))),
            log.watcher("b", Role::subscriber(topic!(Say(1, "x")))),
            log.watcher("c", Role::publisher(topic!(Say(1, "y")))),
            log.watcher("d", Role::publisher(topic!(Say(2, _)))),
            log.watcher("e", Role::publisher(topic!(Go(_)))),
        ]
    });
    assert_eq!(lines, ["a settled, 0", "b settled, 0", "c settled, 0", "d settled, 0", "e settled, 0"]);
}

#[test]
fn s07_a_deletion_undoes_presence_in_the_same_order_with_the_reason() -> anyhow::Result<()> {
    let log = Log::default();
    let events = log.events("gone");
    let mut stage = Stage::new([
        log.watcher("a", Role::subscriber(topic!(Say(..)))),
        log.watcher("b", Role::subscriber(topic!(Say(1, "x")))),
        Spawn::new((), move |(), cx| {
            cx.publisher(topic!(Say(1, _))).named("gone").on(EventKinds::ALL, events);
            cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| {
                cx.delete_because("gone", Reason::error(anyhow::anyhow!("done")));
            });
        }),
        log.watcher("c", Role::subscriber(topic!(Say(_, "y")))),
    ]);
    log.take();
    stage.go(1)?;
    let told = [
        "a - Say(1, _), done",
        "gone - Say(1, _), done",
        "b - Say(1, \"x\"), done",
        "gone - Say(1, \"x\"), done",
        "c - Say(1, \"y\"), done",
        "gone - Say(1, \"y\"), done",
    ];
    assert_eq!(log.take(), told);
    Ok(())
}

#[test]
fn s07_its_absences_are_the_last_that_a_deleted_endpoint_sees() -> anyhow::Result<()> {
    let log = Log::default();
    let events = log.events("a");
    let mut stage = Stage::new([publisher(1, 2), publisher(1, 9)]);
    stage.spawn(Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Say(1, _))).named("a").on(EventKinds::ALL, events);
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.delete("a"));
    }))?;
    log.take();
    stage.go(1)?;
    assert_eq!(log.take(), ["a - Say(1, _), normal", "a - Say(1, _), normal"]);
    stage.send(Say(1, "x"))?;
    stage.go(2)?;
    stage.spawn(publisher(1, 9))?;
    assert!(log.take().is_empty());
    Ok(())
}

#[test]
fn s07_a_name_that_is_not_in_use_is_deleted_without_effect() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([log.watcher("a", Role::subscriber(topic!(Say(1, _)))), publisher(1, 9)]);
    log.take();
    stage.spawn(Spawn::new((), |(), cx| cx.delete("a")))?;
    assert!(log.take().is_empty());
    Ok(())
}

/// Adds and deletes endpoints of several topics in turn, and leaves with some of them.
fn restless(topic: u32, orientation: Orientation) -> Spawn {
    Spawn::new((), move |(), cx| {
        for round in 0..4 {
            match orientation {
                Orientation::Publisher => {
                    cx.publisher(topic!(Say(topic, _))).named(round);
                }
                Orientation::Subscriber => {
                    cx.subscriber(topic!(Say(_, "x"))).named(round);
                }
            }
            if round % 2 == 0 {
                cx.delete(round);
            }
        }
        cx.yield_then(|(), cx| cx.quit());
    })
}

#[test]
fn s07_between_two_endpoints_presence_and_absence_take_turns() {
    let lines = trace(|log| {
        [
            restless(1, Orientation::Subscriber),
            log.watcher("a", Role::subscriber(topic!(Say(1, _)))),
            restless(1, Orientation::Publisher),
            log.watcher("b", Role::publisher(topic!(Say(1, _)))),
            restless(1, Orientation::Publisher),
        ]
    });
    for who in ["a", "b"] {
        let mut told = lines.iter().filter(|line| line.starts_with(who));
        let here = told.try_fold(0_u32, |here, line| match line {
            line if line.contains(" + ") => Some(here + 1),
            line if line.contains(" - ") => here.checked_sub(1),
            _ => Some(here),
        });
        assert_eq!(here, Some(1), "{who} and the other remain: {lines:?}");
    }
}
