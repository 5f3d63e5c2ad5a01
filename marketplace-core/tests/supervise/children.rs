//! Children that are added and removed while the supervisor runs, and their published status.

use marketplace_core::{
    ChildRefused, ChildState, ChildStatus, Children, Pattern, Restart, Spawn, Strategy, Supervisor, topic,
};

use super::play::{LENIENT, Play, SECOND};
use crate::support::Log;

/// A supervisor of "a" that these `Children` control, with delays of a second.
fn known(strategy: Strategy) -> anyhow::Result<(Play, Children)> {
    let children = Children::new("crew");
    let play = Play::new(|cast| {
        Supervisor::new(strategy)
            .named("s")
            .limits(LENIENT.backoff(SECOND, SECOND))
            .controlled_by(&children)
            .child(cast.child("a", Restart::Permanent))
    })?;
    assert_eq!(play.seen(), "+a");
    Ok((play, children))
}

impl Play {
    fn add(&mut self, children: &Children, name: &'static str, restart: Restart) -> anyhow::Result<String> {
        let child = self.cast.child(name, restart);
        self.stage.send(children.add(child))?;
        Ok(self.seen())
    }

    fn remove(&mut self, children: &Children, name: &'static str) -> anyhow::Result<String> {
        self.stage.send(children.remove(name))?;
        Ok(self.seen())
    }
}

#[test]
fn a_child_that_is_added_is_started_and_comes_last() -> anyhow::Result<()> {
    let (mut play, children) = known(Strategy::AllForOne)?;
    assert_eq!(play.add(&children, "b", Restart::Permanent)?, "+b");
    assert_eq!(play.fail("a")?, "-a -b");
    assert_eq!(play.pass(SECOND)?, "+a +b");
    Ok(())
}

#[test]
fn a_child_that_is_removed_ends_and_is_not_made_again() -> anyhow::Result<()> {
    let (mut play, children) = known(Strategy::AllForOne)?;
    play.add(&children, "b", Restart::Permanent)?;
    assert_eq!(play.remove(&children, "b")?, "-b", "and its siblings stay");
    assert_eq!(play.fail("a")?, "-a");
    assert_eq!(play.pass(SECOND)?, "+a");
    Ok(())
}

#[test]
fn a_supervisor_without_children_takes_some_later() -> anyhow::Result<()> {
    let (mut play, children) = known(Strategy::OneForOne)?;
    assert_eq!(play.remove(&children, "a")?, "-a");
    assert_eq!(play.add(&children, "b", Restart::Permanent)?, "+b");
    Ok(())
}

#[test]
fn a_child_that_waits_to_be_made_again_can_be_removed() -> anyhow::Result<()> {
    for strategy in [Strategy::OneForOne, Strategy::AllForOne, Strategy::RestForOne] {
        let (mut play, children) = known(strategy)?;
        assert_eq!(play.fail("a")?, "-a");
        assert_eq!(play.remove(&children, "a")?, "");
        assert_eq!(play.pass(2 * SECOND)?, "");
        assert_eq!(play.clock.next(), None, "nothing is waited for");
        assert_eq!(play.add(&children, "a", Restart::Permanent)?, "+a", "the name is free");
    }
    Ok(())
}

#[test]
fn siblings_go_on_when_the_child_they_waited_for_is_removed() -> anyhow::Result<()> {
    for strategy in [Strategy::AllForOne, Strategy::RestForOne] {
        let (mut play, children) = known(strategy)?;
        play.add(&children, "b", Restart::Permanent)?;
        assert_eq!(play.fail("a")?, "-a -b");
        assert_eq!(play.remove(&children, "a")?, "+b");
    }
    Ok(())
}

#[test]
fn a_child_that_is_added_while_another_waits_starts_when_the_strategy_says() -> anyhow::Result<()> {
    for (strategy, at_once, later) in [
        (Strategy::OneForOne, "+b", "+a"),
        (Strategy::AllForOne, "", "+a +b"),
        (Strategy::RestForOne, "", "+a +b"),
    ] {
        let (mut play, children) = known(strategy)?;
        play.fail("a")?;
        assert_eq!(play.add(&children, "b", Restart::Permanent)?, at_once, "{strategy:?}");
        assert_eq!(play.pass(SECOND)?, later, "{strategy:?}");
    }
    Ok(())
}

#[test]
fn a_child_can_be_replaced_in_one_turn() -> anyhow::Result<()> {
    let (mut play, children) = known(Strategy::OneForOne)?;
    let second = play.cast.child("a", Restart::Temporary);
    let (remove, add) = (children.remove("a"), children.add(second));
    play.stage.spawn(Spawn::new((), move |(), cx| {
        cx.send(remove);
        cx.send(add);
    }))?;
    assert_eq!(play.seen(), "-a +a");
    assert_eq!(play.fail("a")?, "-a");
    assert_eq!(play.pass(SECOND)?, "", "the second is a temporary one");
    Ok(())
}

#[test]
fn a_child_that_is_removed_before_it_has_taken_its_first_turn_ends_after_it() -> anyhow::Result<()> {
    let (mut play, children) = known(Strategy::OneForOne)?;
    let (add, remove) = (children.add(play.cast.child("b", Restart::Permanent)), children.remove("b"));
    play.stage.spawn(Spawn::new((), move |(), cx| {
        cx.send(add);
        cx.send(remove);
    }))?;
    assert_eq!(play.seen(), "+b -b");
    assert_eq!(play.add(&children, "b", Restart::Permanent)?, "+b");
    Ok(())
}

#[test]
fn of_children_that_are_added_in_one_turn_each_waits_for_the_one_before() -> anyhow::Result<()> {
    for (strategy, at_once, later) in [
        (Strategy::OneForOne, "!b +c", "+b"),
        (Strategy::AllForOne, "!b -a", "+a +b +c"),
        (Strategy::RestForOne, "!b", "+b +c"),
    ] {
        let (mut play, children) = known(strategy)?;
        play.cast.fail_boots("b", 1);
        let added = ["b", "c"].map(|name| children.add(play.cast.child(name, Restart::Permanent)));
        play.stage.spawn(Spawn::new((), move |(), cx| added.into_iter().for_each(|add| cx.send(add))))?;
        assert_eq!(play.seen(), at_once, "{strategy:?}");
        assert_eq!(play.pass(SECOND)?, later, "{strategy:?}");
    }
    Ok(())
}

#[test]
fn a_temporary_child_that_has_ended_leaves_its_name_free() -> anyhow::Result<()> {
    let (mut play, children) = known(Strategy::OneForOne)?;
    play.add(&children, "t", Restart::Temporary)?;
    play.fail("t")?;
    assert_eq!(play.add(&children, "t", Restart::Temporary)?, "+t");
    Ok(())
}

/// Logs which changes are refused.
fn refusals(log: &Log) -> Spawn {
    let log = log.clone();
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(ChildRefused { .. }))
            .on_message(move |(), _, refused| log.add(format_args!("{}: {}", refused.child, refused.reason)));
    })
}

#[test]
fn a_change_that_cannot_be_made_is_refused_and_changes_nothing() -> anyhow::Result<()> {
    let (mut play, children) = known(Strategy::OneForOne)?;
    let log = Log::default();
    play.stage.spawn(refusals(&log))?;
    assert_eq!(play.add(&children, "a", Restart::Temporary)?, "");
    assert_eq!(play.remove(&children, "b")?, "");
    assert_eq!(
        log.take(),
        ["a: supervisor `s` already has a child `a`", "b: supervisor `s` has no child `b`"]
    );
    play.fail("a")?;
    assert_eq!(play.pass(SECOND)?, "+a", "it is still the permanent one");
    Ok(())
}

#[test]
fn children_of_others_are_not_touched() -> anyhow::Result<()> {
    let (mut play, _) = known(Strategy::OneForOne)?;
    assert_eq!(play.remove(&Children::new("crew"), "a")?, "");
    Ok(())
}

#[test]
fn two_children_of_one_name_are_a_mistake() -> anyhow::Result<()> {
    let play = Play::new(|cast| {
        Supervisor::new(Strategy::OneForOne)
            .named("s")
            .child(cast.child("a", Restart::Permanent))
            .child(cast.child("a", Restart::Permanent))
    })?;
    assert_eq!(play.seen(), "[supervisor `s` already has a child `a`]");
    Ok(())
}

#[test]
fn each_process_that_takes_another_s_place_is_counted() -> anyhow::Result<()> {
    let (mut play, children) = known(Strategy::AllForOne)?;
    play.add(&children, "b", Restart::Permanent)?;
    assert_eq!(play.stage.counters()?.restarts, 0);
    play.fail("a")?;
    assert_eq!(play.stage.counters()?.restarts, 0, "they are still waited for");
    play.pass(SECOND)?;
    assert_eq!(play.stage.counters()?.restarts, 2);
    Ok(())
}

#[test]
fn the_status_of_a_child_can_be_observed() -> anyhow::Result<()> {
    let (mut play, children) = known(Strategy::OneForOne)?;
    let log = Log::default();
    let (up, down, watched) = (log.clone(), log.clone(), children.clone());
    play.stage.spawn(Spawn::new((), move |(), cx| {
        let state = |state: &<ChildState as marketplace_core::Message>::Pattern| {
            let status = if state.status == topic!(ChildStatus::Running) { "up" } else { "waiting" };
            format!("{} {status}", state.child.value().unwrap_or_default())
        };
        cx.observe_publishers(topic!(ChildState { children: watched, .. }))
            .on_presence(move |(), _, peer| up.add(format_args!("+ {}", state(peer.conversation))))
            .on_absence(move |(), _, peer, _| down.add(format_args!("- {}", state(peer.conversation))));
    }))?;
    assert_eq!(log.take(), ["+ a up"]);
    play.fail("a")?;
    assert_eq!(log.take(), ["- a up", "+ a waiting"]);
    play.pass(SECOND)?;
    assert_eq!(log.take(), ["- a waiting", "+ a up"]);
    play.add(&children, "t", Restart::Transient)?;
    play.quit("t")?;
    assert_eq!(log.take(), ["+ t up", "- t up"]);
    play.remove(&children, "a")?;
    assert_eq!(log.take(), ["- a up"]);
    Ok(())
}
