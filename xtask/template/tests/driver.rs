//! The driver's processes without files: the tests pass events and look at actions.

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

/// The one process that the actions spawn, and the token with which its end will be reported.
fn served(actions: Vec<Action>) -> anyhow::Result<(Spawn, Token)> {
    let mut spawned = actions.into_iter().filter_map(|action| match action {
        Action::Local(NetworkAction::Spawn { spawn, monitor, .. }) => Some((spawn, monitor)),
        _ => None,
    });
    let (Some((spawn, Some(token))), None) = (spawned.next(), spawned.next()) else {
        bail!("the actions do not spawn exactly one monitored process");
    };
    Ok((spawn, token))
}

fn ends(token: Token) -> Event<'static> {
    Event::Ended { token, pid: Pid::detached(), reason: Reason::normal() }
}

fn spawns(actions: &[Action]) -> bool {
    actions.iter().any(|action| matches!(action, Action::Local(NetworkAction::Spawn { .. })))
}

fn quits(actions: &[Action]) -> bool {
    actions.iter().any(|action| matches!(action, Action::Local(NetworkAction::Quit { pid: None, .. })))
}

#[test]
fn the_driver_is_invisible_to_participants_while_there_is_no_writer() -> anyhow::Result<()> {
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
fn a_writer_of_all_files_and_an_observer_are_no_demand() -> anyhow::Result<()> {
    let mut driver = boot()?;
    assert!(!spawns(&driver.presence(&Role::publisher(topic!(Entry { .. })))?));
    assert!(!spawns(&driver.presence(&writer("a").with_interest(Interest::Observer))?));
    Ok(())
}

#[test]
fn a_file_that_has_failed_is_only_tried_again_on_new_demand() -> anyhow::Result<()> {
    let mut driver = boot()?;
    let (_, token) = served(driver.presence(&writer("a"))?)?;
    assert!(!spawns(&driver.event(ends(token))?));
    assert!(!spawns(&driver.presence(&writer("a"))?), "this is not the first writer");
    driver.absence(&writer("a"), &Reason::normal())?;
    driver.absence(&writer("a"), &Reason::normal())?;
    served(driver.presence(&writer("a"))?)?;
    Ok(())
}

#[test]
fn there_is_no_subscriber_before_the_file_is_open() -> anyhow::Result<()> {
    let (journal, _) = served(boot()?.presence(&writer("a"))?)?;
    let journal = TestActor::boot(journal)?;
    let roles: Vec<&Role> = journal.endpoints().iter().map(|endpoint| &endpoint.role).collect();
    assert!(roles.iter().any(|role| role.topic.downcast_ref::<GroundEvent>().is_some()), "{roles:?}");
    assert!(roles.iter().all(|role| role.topic.downcast_ref::<Entry>().is_none()), "{roles:?}");
    assert!(roles.iter().all(|role| role.topic.downcast_ref::<JournalFull>().is_none()), "{roles:?}");
    Ok(())
}

#[test]
fn a_process_without_demand_ends_when_its_source_has_ended() -> anyhow::Result<()> {
    let (journal, _) = served(boot()?.presence(&writer("a"))?)?;
    let mut journal = TestActor::boot(journal)?;
    // There is no demand.
    let mut actions = journal.settled(0)?;
    actions.extend(journal.resume()?.unwrap_or_default());
    assert!(!quits(&actions), "its thread may be opening the file: {actions:?}");
    let sources = journal.endpoints().iter().filter_map(|own| own.role.topic.downcast_ref::<GroundEvent>());
    let source = sources.into_iter().next().context("it subscribes to its source")?.clone();
    let actions = journal.absence(&Role::publisher(source), &Reason::normal())?;
    assert!(quits(&actions), "{actions:?}");
    Ok(())
}

#[test]
fn the_driver_quits_one_round_after_it_sees_a_stop() -> anyhow::Result<()> {
    let mut driver = boot()?;
    assert!(!quits(&driver.presence(&Role::publisher(topic!(Stopping { .. })))?));
    let actions = driver.resume()?.context("it has yielded")?;
    assert!(quits(&actions), "{actions:?}");
    Ok(())
}
