//! The driver's processes without files: events in, actions out.

use anyhow::{Context as _, bail};
use driver_journal::{Entry, JournalFull, journal_driver};
use marketplace_core::{
    Action, Event, GroundEvent, Interest, NetworkAction, Pid, Reason, Role, Spawn, Stopping, Token, topic,
};
use marketplace_testing::TestActor;

fn boot() -> anyhow::Result<TestActor> {
    TestActor::boot(journal_driver("nowhere"))
}

fn writer(file: &str) -> Role {
    Role::publisher(Entry::of(file))
}

/// The one process that is asked for, and the token by which its end is told.
fn served(asked: Vec<Action>) -> anyhow::Result<(Spawn, Token)> {
    let mut spawned = asked.into_iter().filter_map(|action| match action {
        Action::Local(NetworkAction::Spawn { spawn, monitor, .. }) => Some((spawn, monitor)),
        _ => None,
    });
    let (Some((spawn, Some(token))), None) = (spawned.next(), spawned.next()) else {
        bail!("one process is to be asked for, and its end");
    };
    Ok((spawn, token))
}

fn ends(token: Token) -> Event<'static> {
    Event::Ended { token, pid: Pid::detached(), reason: Reason::normal() }
}

fn spawns(asked: &[Action]) -> bool {
    asked.iter().any(|action| matches!(action, Action::Local(NetworkAction::Spawn { .. })))
}

fn quits(asked: &[Action]) -> bool {
    asked.iter().any(|action| matches!(action, Action::Local(NetworkAction::Quit { pid: None, .. })))
}

#[test]
fn the_driver_is_seen_by_nobody_while_nobody_writes() -> anyhow::Result<()> {
    let driver = boot()?;
    let visible = |endpoint: &&marketplace_core::AddEndpoint| {
        endpoint.role.interest.is_visible_to(Interest::Participant)
    };
    assert!(driver.endpoints().iter().find(visible).is_none());
    Ok(())
}

#[test]
fn a_file_has_one_process_however_many_write() -> anyhow::Result<()> {
    let mut driver = boot()?;
    served(driver.presence(&writer("a"))?)?;
    assert!(!spawns(&driver.presence(&writer("a"))?));
    assert!(!spawns(&driver.absence(&writer("a"), &Reason::normal())?));
    served(driver.presence(&writer("b"))?)?;
    Ok(())
}

#[test]
fn those_who_write_no_certain_file_and_those_who_watch_are_no_demand() -> anyhow::Result<()> {
    let mut driver = boot()?;
    assert!(!spawns(&driver.presence(&Role::publisher(topic!(Entry { .. })))?));
    assert!(!spawns(&driver.presence(&writer("a").with_interest(Interest::Observer))?));
    Ok(())
}

#[test]
fn a_file_that_has_failed_is_tried_again_by_new_demand_alone() -> anyhow::Result<()> {
    let mut driver = boot()?;
    let (_, token) = served(driver.presence(&writer("a"))?)?;
    assert!(!spawns(&driver.event(ends(token))?));
    assert!(!spawns(&driver.presence(&writer("a"))?), "somebody was there already");
    driver.absence(&writer("a"), &Reason::normal())?;
    driver.absence(&writer("a"), &Reason::normal())?;
    served(driver.presence(&writer("a"))?)?;
    Ok(())
}

#[test]
fn a_file_is_not_offered_before_it_is_open() -> anyhow::Result<()> {
    let (journal, _) = served(boot()?.presence(&writer("a"))?)?;
    let journal = TestActor::boot(journal)?;
    let roles: Vec<&Role> = journal.endpoints().iter().map(|endpoint| &endpoint.role).collect();
    assert!(roles.iter().any(|role| role.topic.downcast_ref::<GroundEvent>().is_some()), "{roles:?}");
    assert!(roles.iter().all(|role| role.topic.downcast_ref::<Entry>().is_none()), "{roles:?}");
    assert!(roles.iter().all(|role| role.topic.downcast_ref::<JournalFull>().is_none()), "{roles:?}");
    Ok(())
}

#[test]
fn a_file_that_is_not_wanted_any_more_goes_when_its_source_has_ended() -> anyhow::Result<()> {
    let (journal, _) = served(boot()?.presence(&writer("a"))?)?;
    let mut journal = TestActor::boot(journal)?;
    // Nobody is there who wants it.
    let mut asked = journal.settled(0)?;
    asked.extend(journal.resume()?.unwrap_or_default());
    assert!(!quits(&asked), "its thread may be opening the file: {asked:?}");
    let sources = journal.endpoints().iter().filter_map(|own| own.role.topic.downcast_ref::<GroundEvent>());
    let source = sources.into_iter().next().context("it hears its source")?.clone();
    let asked = journal.absence(&Role::publisher(source), &Reason::normal())?;
    assert!(quits(&asked), "{asked:?}");
    Ok(())
}

#[test]
fn the_driver_quits_a_round_after_the_word_of_a_stop() -> anyhow::Result<()> {
    let mut driver = boot()?;
    assert!(!quits(&driver.presence(&Role::publisher(topic!(Stopping { .. })))?));
    let asked = driver.resume()?.context("it goes on")?;
    assert!(quits(&asked), "{asked:?}");
    Ok(())
}
