//! S2: panics of users' `Hash`, `Eq`, `Clone`, `Debug` and `Drop` inside the VM.

use marketplace_core::{Context, Role, Spawn, Value, topic};

use super::fuse::{Deed, Fuse, Poke, Touchy, pokes};
use crate::support::{Go, Log, Say, Stage, Unspeakable, speaker, with_traces};

/// What the culprit does when its fuse is lit.
#[derive(Clone, Copy, Debug)]
enum Act {
    Send,
    SendToNobody,
    Add,
    Delete,
    Quit,
}

/// Publishes. At step 1 it acts, so that the VM touches its values when it performs the action.
fn culprit(act: Act, fuse: Fuse, light: impl Fn(&Fuse) + Send + 'static) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(topic!(Say(1, _)));
        if matches!(act, Act::Delete | Act::Quit) {
            cx.publisher(pokes(1, &fuse)).named("poke");
        }
        cx.subscriber(topic!(Go(1))).on_message(move |(), cx, _| {
            commit(act, cx, &fuse);
            light(&fuse);
        });
    })
}

fn commit(act: Act, cx: &mut Context<'_, ()>, fuse: &Fuse) {
    match act {
        Act::Send => cx.send(Poke(Touchy::new(1, fuse))),
        Act::SendToNobody => cx.send(Poke(Touchy::new(2, fuse))),
        Act::Add => {
            cx.publisher(pokes(1, fuse));
        }
        Act::Delete => cx.delete("poke"),
        Act::Quit => cx.quit(),
    }
}

/// Logs events about pokes, without touching the pokes.
fn bystander(log: &Log) -> Spawn {
    let (arrivals, departures, pokes_heard) = (log.clone(), log.clone(), log.clone());
    Spawn::new((), move |(), cx| {
        cx.subscriber(pokes(1, &Fuse::default()))
            .on_presence(move |(), _, _| arrivals.add("b +"))
            .on_absence(move |(), _, _, _| departures.add("b -"))
            .on_message(move |(), _, _| pokes_heard.add("b: poke"));
    })
}

/// Fills the tables, so that the tables hash instead of comparing.
pub(super) fn neighbours() -> Spawn {
    Spawn::new((), |(), cx| {
        for number in 100..110 {
            cx.subscriber(pokes(number, &Fuse::default()));
            cx.publisher(pokes(number, &Fuse::default()));
        }
    })
}

/// Sends a poke without a fuse, from a new process that then ends.
fn healthy() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.publisher(pokes(1, &Fuse::default()));
        cx.send(Poke(Touchy::new(1, &Fuse::default())));
        cx.quit();
    })
}

/// The events that the bystander and the observer of the culprit receive after the culprit's action, and then the
/// events that the bystander receives about a healthy process.
fn trace_of_crime(
    act: Act,
    fuse: &Fuse,
    light: impl Fn(&Fuse) + Send + 'static,
) -> anyhow::Result<[Vec<String>; 2]> {
    let log = Log::default();
    let watcher = log.watcher("a", Role::subscriber(topic!(Say(1, _))));
    let mut stage = Stage::new([neighbours(), watcher, bystander(&log), culprit(act, fuse.clone(), light)]);
    log.add("act");
    stage.go(1)?;
    let crime = log.take();
    stage.spawn(healthy())?;
    Ok([crime, log.take()])
}

const ACTS: [Act; 3] = [Act::Send, Act::Add, Act::Delete];

/// The lines of one process.
fn told<'a>(who: &str, lines: &'a [String]) -> Vec<&'a str> {
    lines.iter().map(String::as_str).filter(|line| line.starts_with(who)).collect()
}

/// Asserts that the culprit has failed, that presence and absence alternate, and that the VM is not damaged.
fn assert_only_the_culprit_fails(act: Act, deed: Deed) -> anyhow::Result<()> {
    let fuse = Fuse::default();
    let [crime, after] = trace_of_crime(act, &fuse, move |fuse| fuse.light(deed))?;
    assert!(!fuse.is_lit(), "{act:?} does not touch {deed:?}");
    let reason = format!("a - Say(1, _), panic: {deed:?}");
    assert_eq!(told("a -", &crime), [reason], "{act:?}, {deed:?}");
    let presences = told("b +", &crime).len();
    assert_eq!(presences, told("b -", &crime).len(), "{act:?}, {deed:?}: {crime:?}");
    assert_eq!(told("b", &after), ["b +", "b: poke", "b -"], "{act:?}, {deed:?}");
    Ok(())
}

#[test]
fn s02_a_panic_in_hash_fails_only_the_process_whose_action_it_was() -> anyhow::Result<()> {
    ACTS.into_iter().try_for_each(|act| assert_only_the_culprit_fails(act, Deed::Hash))
}

#[test]
fn s02_a_panic_in_eq_fails_only_the_process_whose_action_it_was() -> anyhow::Result<()> {
    ACTS.into_iter().try_for_each(|act| assert_only_the_culprit_fails(act, Deed::Eq))
}

#[test]
fn s02_a_panic_in_clone_fails_only_the_process_whose_action_it_was() -> anyhow::Result<()> {
    [Act::Add, Act::Delete].into_iter().try_for_each(|act| assert_only_the_culprit_fails(act, Deed::Clone))
}

#[test]
fn s02_a_panic_in_drop_of_a_message_fails_only_the_process_that_sent_it() -> anyhow::Result<()> {
    assert_only_the_culprit_fails(Act::Send, Deed::Drop)
}

#[test]
fn s02_a_panic_in_drop_of_a_topic_fails_only_the_process_whose_action_it_was() -> anyhow::Result<()> {
    [Act::Add, Act::Delete].into_iter().try_for_each(|act| assert_only_the_culprit_fails(act, Deed::Drop))
}

#[test]
fn s02_a_panic_in_debug_as_a_message_is_traced_fails_only_the_process_whose_action_it_was()
-> anyhow::Result<()> {
    with_traces(|| assert_only_the_culprit_fails(Act::SendToNobody, Deed::Debug)).0
}

#[test]
fn s02_a_panic_in_debug_as_a_new_endpoint_is_traced_fails_only_the_process_whose_action_it_was()
-> anyhow::Result<()> {
    with_traces(|| assert_only_the_culprit_fails(Act::Add, Deed::Debug)).0
}

#[test]
fn s02_a_panic_in_debug_as_a_deleted_endpoint_is_traced_fails_only_the_process_whose_action_it_was()
-> anyhow::Result<()> {
    with_traces(|| assert_only_the_culprit_fails(Act::Delete, Deed::Debug)).0
}

/// Asserts that the peers of a process receive its absence although its values panic.
fn assert_absence_is_told(deed: Deed) -> anyhow::Result<()> {
    let fuse = Fuse::default();
    let [crime, after] = trace_of_crime(Act::Quit, &fuse, move |fuse| fuse.light(deed))?;
    assert!(!fuse.is_lit(), "leaving does not touch {deed:?}");
    assert_eq!(told("b -", &crime), ["b -"], "{deed:?}");
    assert_eq!(told("b", &after), ["b +", "b: poke", "b -"], "{deed:?}");
    Ok(())
}

#[test]
fn s02_a_panic_in_hash_as_a_process_leaves_does_not_hide_its_absence() -> anyhow::Result<()> {
    assert_absence_is_told(Deed::Hash)
}

#[test]
fn s02_a_panic_in_eq_as_a_process_leaves_does_not_hide_its_absence() -> anyhow::Result<()> {
    assert_absence_is_told(Deed::Eq)
}

#[test]
fn s02_a_panic_in_clone_as_a_process_leaves_does_not_hide_its_absence() -> anyhow::Result<()> {
    assert_absence_is_told(Deed::Clone)
}

#[test]
fn s02_a_panic_in_drop_as_a_process_leaves_does_not_hide_its_absence() -> anyhow::Result<()> {
    assert_absence_is_told(Deed::Drop)
}

#[test]
fn s02_values_that_panic_for_ever_leave_the_index_in_order() -> anyhow::Result<()> {
    for act in [Act::Send, Act::Add, Act::Delete, Act::Quit] {
        for deed in [Deed::Hash, Deed::Eq, Deed::Clone] {
            let [_, after] = trace_of_crime(act, &Fuse::default(), move |fuse| fuse.light_for_ever(deed))?;
            assert_eq!(told("b", &after), ["b +", "b: poke", "b -"], "{act:?}, {deed:?}");
        }
    }
    Ok(())
}

/// A process whose endpoint's name has a fuse. At step 1 it does something, and lights the fuse for ever before or
/// after that.
fn misnamed(others: u64, deed: Deed, last: fn(&mut Context<'_, ()>, Value), is_lit_first: bool) -> Spawn {
    Spawn::new((), move |(), cx| {
        for other in 0..others {
            cx.publisher(topic!(Say(2, _))).named(other);
        }
        let fuse = Fuse::default();
        let name = Value::of(Touchy::new(1, &fuse));
        cx.publisher(topic!(Say(1, _))).named(name.clone());
        cx.subscriber(topic!(Go(1))).on_message(move |(), cx, _| {
            if is_lit_first {
                fuse.light_for_ever(deed);
            }
            last(cx, name.clone());
            fuse.light_for_ever(deed);
        });
    })
}

/// What others see of a process whose endpoint's name panics while it does something, or from then on. Asserts each
/// time that another process is not affected.
fn traces_of_misnamed(
    deed: Deed,
    last: fn(&mut Context<'_, ()>, Value),
    is_lit_first: bool,
) -> anyhow::Result<Vec<Vec<String>>> {
    // Names are hashed only if a process has many endpoints.
    let crowds = if matches!(deed, Deed::Hash) { 100..=100 } else { 0..=100 };
    crowds
        .step_by(100)
        .map(|others| {
            let log = Log::default();
            let watcher = log.watcher("a", Role::subscriber(topic!(Say(1, _))));
            let mut stage = Stage::new([watcher, misnamed(others, deed, last, is_lit_first)]);
            stage.go(1)?;
            stage.spawn(speaker(1, ["all is well"]))?;
            let lines = log.take();
            assert_eq!(lines.last().map(String::as_str), Some("a: all is well"), "{deed:?}: {lines:?}");
            Ok(lines)
        })
        .collect()
}

/// Asserts that only this process fails, and that its peers see its absence, if its endpoint's name panics while it
/// does something, or from then on.
fn assert_only_the_misnamed_goes(deed: Deed, last: fn(&mut Context<'_, ()>, Value)) -> anyhow::Result<()> {
    for is_lit_first in [true, false] {
        for lines in traces_of_misnamed(deed, last, is_lit_first)? {
            assert_eq!(told("a +", &lines).len(), 1, "{deed:?}: {lines:?}");
            assert_eq!(told("a -", &lines).len(), 1, "{deed:?}: {lines:?}");
        }
    }
    Ok(())
}

#[test]
fn s02_a_panic_of_an_endpoints_name_as_its_process_quits_disturbs_nobody_else() -> anyhow::Result<()> {
    assert_only_the_misnamed_goes(Deed::Hash, |cx, _| cx.quit())
}

#[test]
fn s02_a_panic_of_an_endpoints_name_as_it_is_deleted_fails_only_its_process() -> anyhow::Result<()> {
    assert_only_the_misnamed_goes(Deed::Hash, |cx, name| cx.delete(name))?;
    assert_only_the_misnamed_goes(Deed::Eq, |cx, name| cx.delete(name))
}

#[test]
fn s02_a_panic_of_an_endpoints_name_as_it_is_updated_fails_only_its_process() -> anyhow::Result<()> {
    for deed in [Deed::Hash, Deed::Eq] {
        let update = |cx: &mut Context<'_, ()>, name| {
            cx.publisher(topic!(Say(1, _))).named(name);
        };
        for lines in traces_of_misnamed(deed, update, true)? {
            assert_eq!(told("a -", &lines), [format!("a - Say(1, _), panic: {deed:?}")], "{lines:?}");
        }
        // The name is compared when the action is requested, and not again when the action is performed.
        for lines in traces_of_misnamed(deed, update, false)? {
            assert_eq!(told("a -", &lines), [""; 0], "{lines:?}");
        }
    }
    Ok(())
}

#[test]
fn s02_a_panic_in_debug_of_an_endpoints_name_as_it_is_traced_fails_only_its_process() -> anyhow::Result<()> {
    with_traces(|| assert_only_the_misnamed_goes(Deed::Debug, |cx, name| cx.delete(name))).0
}

#[test]
fn s02_an_error_that_cannot_be_shown_disturbs_nobody() -> anyhow::Result<()> {
    let log = Log::default();
    let hears = log.clone();
    let watcher = Spawn::new((), move |(), cx| {
        let hears_words = hears.clone();
        cx.subscriber(topic!(Say(1, _)))
            .on_absence(move |(), _, _, _| hears.add("a -"))
            .on_message(move |(), _, Say(_, word)| hears_words.add(word));
    });
    let failing = Spawn::new((), |(), cx| {
        cx.publisher(topic!(Say(1, _)));
        cx.subscriber(topic!(Go(1))).on_message(|(), _, _| Err(Unspeakable.into()));
    });
    let (outcome, _) = with_traces(|| {
        let mut stage = Stage::new([watcher, failing]);
        stage.go(1)?;
        stage.spawn(speaker(1, ["all is well"]))
    });
    outcome?;
    assert_eq!(log.lines(), ["a -", "all is well"]);
    Ok(())
}
