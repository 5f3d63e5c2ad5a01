//! S6, S7 and S9 from outside: the publishers and subscribers of a topic, observed through a handle.

use std::task::Poll;
use std::thread;

use anyhow::{Context as _, anyhow};
use futures::executor::block_on;
use futures::{FutureExt, StreamExt};
use marketplace_core::{
    Ground, GroundEnded, Handle, Interest, Message, Observation, Orientation, PresenceChange, Role, Spawn,
    topic,
};

use super::fuse::{Deed, Fuse, pokes};
use crate::support::{Go, Log, Say, Stage, publisher, speaker};

type Sayings = Observation<<Say as Message>::Pattern>;

/// Observes the publishers about 1.
fn observe(handle: &mut Handle, capacity: usize) -> anyhow::Result<Sayings> {
    let asked = handle.observe_publishers(topic!(Say(1, _)), capacity).now_or_never();
    Ok(asked.context("the ground is behind")??)
}

/// All changes that can be read at once, and the end of the stream if it has ended.
fn read(observation: &mut Sayings) -> Vec<String> {
    let mut lines = Vec::new();
    while let Some(item) = observation.next().now_or_never() {
        let Some(item) = item else {
            lines.push("end".into());
            break;
        };
        lines.push(item.map_or_else(|error| error.to_string(), |told| line(&told)));
    }
    lines
}

fn line<P: std::fmt::Debug>(told: &PresenceChange<P>) -> String {
    match told {
        PresenceChange::Presence { id, conversation, interest } => {
            format!("+ {id:?} {conversation:?} {interest:?}")
        }
        PresenceChange::Absence { id, conversation, interest, reason } => {
            format!("- {id:?} {conversation:?} {interest:?} {reason}")
        }
        PresenceChange::Settled { peers } => format!("settled, {peers}"),
    }
}

/// The same, with the endpoints numbered in the order of their first appearance.
fn renumbered(lines: &[String]) -> Vec<String> {
    let mut known = Vec::new();
    let mut number = |word: &str| {
        let place = known.iter().position(|id| id == word).unwrap_or_else(|| {
            known.push(word.to_owned());
            known.len() - 1
        });
        format!("#{}", place + 1)
    };
    let words = |line: &String| {
        let words = line.split(' ').map(|word| match word.starts_with("EndpointId") {
            true => number(word),
            false => word.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    };
    lines.iter().map(words).collect()
}

#[test]
fn s06_outside_is_told_who_is_there_then_that_these_are_all_then_who_comes_and_goes() -> anyhow::Result<()> {
    let mut stage = Stage::new([publisher(1, 1), publisher(2, 1)]);
    let mut publishers = observe(&mut stage.handle, 16)?;
    stage.spawn(Spawn::new((), |(), cx| {
        cx.publisher(topic!(Say(_, "x")));
        cx.subscriber(topic!(Go(2))).on_message(|(), _, _| Err(anyhow!("broken")));
    }))?;
    stage.go(2)?;
    stage.go(1)?;
    let lines = read(&mut publishers);
    assert_eq!(
        renumbered(&lines),
        [
            "+ #1 Say(1, _) Participant",
            "settled, 1",
            "+ #2 Say(1, \"x\") Participant",
            "- #2 Say(1, \"x\") Participant broken",
            "- #1 Say(1, _) Participant normal",
        ]
    );
    Ok(())
}

#[test]
fn s06_subscribers_are_observed_apart_from_publishers() -> anyhow::Result<()> {
    let mut stage = Stage::new([publisher(1, 1)]);
    let asked = stage.handle.observe_subscribers(topic!(Say(1, _)), 16).now_or_never();
    let mut subscribers = asked.context("the ground is behind")??;
    stage.spawn(Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Say(1, "x")));
    }))?;
    assert_eq!(renumbered(&read(&mut subscribers)), ["settled, 0", "+ #1 Say(1, \"x\") Participant"]);
    Ok(())
}

#[test]
fn s06_who_observes_from_outside_is_seen_by_those_alone_who_see_everything() -> anyhow::Result<()> {
    for observed in [Orientation::Publisher, Orientation::Subscriber] {
        let log = Log::default();
        let role = match observed {
            Orientation::Publisher => Role::publisher(topic!(Say(1, _))),
            Orientation::Subscriber => Role::subscriber(topic!(Say(1, _))),
        };
        let watcher = |who, interest| log.watcher(who, role.clone().with_interest(interest));
        let mut stage = Stage::new([
            watcher("participant", Interest::Participant),
            watcher("observer", Interest::Observer),
            watcher("everything", Interest::Everything),
        ]);
        log.take();
        let observation = match observed {
            Orientation::Publisher => observe(&mut stage.handle, 4)?,
            Orientation::Subscriber => {
                let asked = stage.handle.observe_subscribers(topic!(Say(1, _)), 4).now_or_never();
                asked.context("the ground is behind")??
            }
        };
        stage.rest()?;
        assert_eq!(log.take(), ["everything + Say(1, _)"]);
        drop(observation);
        stage.rest()?;
        assert_eq!(log.take(), ["everything - Say(1, _), normal"]);
    }
    Ok(())
}

#[test]
fn s05_who_observes_from_outside_hears_no_messages() -> anyhow::Result<()> {
    let mut stage = Stage::new([]);
    let mut publishers = observe(&mut stage.handle, 1)?;
    stage.spawn(speaker(1, ["x", "y", "z"]))?;
    assert_eq!(read(&mut publishers), ["settled, 0"]);
    Ok(())
}

#[test]
fn s07_the_reason_of_an_absence_is_the_very_one() -> anyhow::Result<()> {
    let mut stage = Stage::new([]);
    let mut publishers = observe(&mut stage.handle, 4)?;
    stage.spawn(Spawn::new((), |(), cx| {
        cx.publisher(topic!(Say(1, _)));
        cx.quit_because(anyhow!(std::io::Error::from(std::io::ErrorKind::AddrInUse)));
    }))?;
    let mut absences = Vec::new();
    while let Some(Some(told)) = publishers.next().now_or_never() {
        if let PresenceChange::Absence { reason, .. } = told? {
            absences.push(reason.downcast_ref::<std::io::Error>().map(std::io::Error::kind));
        }
    }
    assert_eq!(absences, [Some(std::io::ErrorKind::AddrInUse)]);
    Ok(())
}

const OVERRUN: &str = "read too slowly: the queue of unread items is full";

#[test]
fn an_observation_that_is_read_too_slowly_ends_with_an_error_after_what_it_has_room_for() -> anyhow::Result<()>
{
    let log = Log::default();
    let sees_all = Role::publisher(topic!(Say(2, _))).with_interest(Interest::Everything);
    let mut stage = Stage::new([log.watcher("a", sees_all)]);
    let asked = stage.handle.observe_publishers(topic!(Say(_, _)), 2).now_or_never();
    let mut publishers = asked.context("the ground is behind")??;
    for about in [1, 2] {
        stage.spawn(publisher(about, about))?;
    }
    assert_eq!(log.take(), ["a settled, 0", "a + Say(2, _)", "a - Say(2, _), normal"], "nobody feeds it");
    assert_eq!(
        renumbered(&read(&mut publishers)),
        ["settled, 0", "+ #1 Say(1, _) Participant", OVERRUN, "end"]
    );
    // A new observation begins with everything that is present.
    let mut publishers = observe(&mut stage.handle, 2)?;
    stage.rest()?;
    assert_eq!(renumbered(&read(&mut publishers)), ["+ #1 Say(1, _) Participant", "settled, 1"]);
    Ok(())
}

#[test]
fn an_observation_without_room_for_all_present_peers_ends_with_an_error() -> anyhow::Result<()> {
    for (capacity, room) in [(0, 1), (1, 1), (3, 3)] {
        let mut stage = Stage::new((0..3).map(|_| publisher(1, 1)));
        let mut publishers = observe(&mut stage.handle, capacity)?;
        stage.rest()?;
        let lines = read(&mut publishers);
        assert_eq!(lines.len(), room + 2, "{lines:?}");
        assert_eq!(lines[room..], [OVERRUN, "end"]);
    }
    Ok(())
}

#[test]
fn an_observation_ends_without_an_error_with_its_ground() -> anyhow::Result<()> {
    for is_dropped in [true, false] {
        let mut stage = Stage::new([publisher(1, 1)]);
        let mut weak = stage.handle.weak();
        let mut publishers = observe(&mut weak, 4)?;
        stage.rest()?;
        if is_dropped {
            drop(stage)
        } else {
            stage.end()?
        }
        assert_eq!(renumbered(&read(&mut publishers)), ["+ #1 Say(1, _) Participant", "settled, 1", "end"]);
        assert!(matches!(
            weak.observe_publishers(topic!(Say(1, _)), 1).now_or_never(),
            Some(Err(GroundEnded))
        ));
        assert!(matches!(
            weak.observe_subscribers(topic!(Say(1, _)), 1).now_or_never(),
            Some(Err(GroundEnded))
        ));
    }
    Ok(())
}

#[test]
fn s02_an_observation_whose_topic_panics_ends_with_that_as_an_error() -> anyhow::Result<()> {
    let (mut stage, fuse) = (Stage::new([]), Fuse::default());
    let asked = stage.handle.observe_publishers(pokes(1, &fuse), 16).now_or_never();
    let mut pokes = asked.context("the ground is behind")??;
    fuse.light(Deed::Hash);
    stage.rest()?;
    assert!(!fuse.is_lit());
    let item = pokes.next().now_or_never().flatten().context("it ends with an error")?;
    assert_eq!(item.map_err(|error| error.to_string()).err(), Some("panic: Hash".into()));
    assert!(matches!(pokes.next().now_or_never(), Some(None)));
    stage.stop()
}

#[test]
fn an_observation_that_is_ended_reports_the_reason() -> anyhow::Result<()> {
    let mut stage = Stage::new([]);
    let mut publishers = observe(&mut stage.handle, 16)?;
    stage.rest()?;
    let snapshot = stage.snapshot()?;
    let feed = snapshot.processes.iter().find(|process| process.name.as_deref() == Some("observation"));
    let pid = feed.context("it is seen")?.pid.clone();
    stage.spawn(Spawn::new((), move |(), cx| cx.kill(&pid, anyhow!("enough"))))?;
    assert_eq!(read(&mut publishers), ["settled, 0", "enough", "end"]);
    stage.stop()
}

#[test]
fn an_observation_keeps_the_ground_as_its_handle_does() -> anyhow::Result<()> {
    for is_strong in [true, false] {
        let mut stage = Stage::new([]);
        let strong = stage.handle.clone();
        let mut handle = if is_strong { strong.clone() } else { strong.weak() };
        let publishers = observe(&mut handle, 1)?;
        assert!(stage.settle().is_pending());
        stage.handle = strong.weak();
        drop((strong, handle));
        assert_eq!(stage.settle().is_pending(), is_strong);
        drop(publishers);
        assert!(matches!(stage.settle(), Poll::Ready(Ok(()))) || !is_strong);
    }
    Ok(())
}

#[test]
fn presence_and_absence_are_reported_on_another_thread() -> anyhow::Result<()> {
    let program = Ground::new();
    let mut handle = program.handle();
    let ground = thread::spawn(|| block_on(program.run()));
    block_on(async move {
        let mut publishers = handle.observe_publishers(topic!(Say(1, _)), 4).await?;
        for _ in 0..100 {
            let mut process = handle.spawn(publisher(1, 1)).await?;
            let mut told = Vec::new();
            while !told.iter().any(|line: &String| line.starts_with('+')) {
                told.push(line(&publishers.next().await.context("the end")??));
            }
            process.kill(anyhow!("enough"));
            let gone = line(&publishers.next().await.context("the end")??);
            assert!(gone.ends_with("enough"), "{gone}");
        }
        anyhow::Ok(())
    })?;
    ground.join().map_err(|_| anyhow!("the ground panicked"))?
}
