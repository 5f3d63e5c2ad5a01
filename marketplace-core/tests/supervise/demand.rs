//! Servers that are restarted when they fail while their demand lasts.

use anyhow::anyhow;
use marketplace_core::{DemandMatcher, Limits, Pattern, Spawn, topic};

use super::play::{Cast, LENIENT, Play, SECOND};
use crate::support::{Go, Say, publisher};

/// Serves publishers about 1 with "x" and publishers about 2 with "y". The limits apply if there are any.
fn matcher(cast: &Cast, limits: Option<Limits>) -> Spawn {
    let cast = cast.clone();
    Spawn::new((), move |(), cx| {
        let servers = DemandMatcher::new(move |number: &u32| match number {
            1 => Some(cast.process("x")),
            2 => Some(cast.process("y")),
            _ => None,
        });
        let servers = match limits {
            Some(limits) => servers.restarting(limits),
            None => servers,
        };
        cx.observe_publishers(topic!(Say(..))).match_demand(&servers, |peer| peer.conversation.0.value());
    })
}

/// A matcher with two publishers that demand "x": one until step 1, and another until step 2.
fn served(limits: Option<Limits>) -> anyhow::Result<Play> {
    let mut play = Play::of(|cast| matcher(cast, limits))?;
    play.stage.spawn(publisher(1, 1))?;
    play.stage.spawn(publisher(1, 2))?;
    assert_eq!(play.seen(), "+x");
    Ok(play)
}

impl Play {
    fn go(&mut self, step: u32) -> anyhow::Result<String> {
        self.stage.go(step)?;
        Ok(self.seen())
    }
}

#[test]
fn by_default_a_server_that_fails_is_not_made_again() -> anyhow::Result<()> {
    let mut play = served(None)?;
    assert_eq!(play.fail("x")?, "-x");
    assert_eq!(play.clock.next(), None);
    play.go(1)?;
    play.go(2)?;
    play.stage.spawn(publisher(1, 3))?;
    assert_eq!(play.seen(), "+x", "but for new demand");
    Ok(())
}

#[test]
fn a_server_that_fails_while_its_demand_lasts_is_made_again_after_the_delay() -> anyhow::Result<()> {
    let mut play = served(Some(LENIENT.backoff(SECOND, 4 * SECOND).reset_after(60 * SECOND)))?;
    for seconds in [1, 2, 4, 4] {
        assert_eq!(play.fail("x")?, "-x");
        assert_eq!(play.pass(seconds * SECOND - SECOND / 2)?, "");
        assert_eq!(play.pass(SECOND / 2)?, "+x");
    }
    play.pass(60 * SECOND)?;
    play.fail("x")?;
    assert_eq!(play.pass(SECOND)?, "+x", "it had lived for long enough");
    Ok(())
}

#[test]
fn a_server_that_is_made_again_at_once_is_one() -> anyhow::Result<()> {
    let mut play = served(Some(LENIENT))?;
    assert_eq!(play.fail("x")?, "-x +x");
    assert_eq!(play.go(1)?, "");
    assert_eq!(play.go(2)?, "-x", "it ends with its demand");
    assert_eq!(play.clock.next(), None);
    Ok(())
}

#[test]
fn a_server_that_quits_is_not_made_again() -> anyhow::Result<()> {
    let mut play = served(Some(LENIENT))?;
    assert_eq!(play.quit("x")?, "-x");
    assert_eq!(play.pass(60 * SECOND)?, "");
    Ok(())
}

#[test]
fn a_server_whose_demand_goes_while_it_waits_is_not_made() -> anyhow::Result<()> {
    let mut play = served(Some(LENIENT.backoff(SECOND, SECOND)))?;
    play.fail("x")?;
    play.go(1)?;
    play.go(2)?;
    assert_eq!(play.clock.next(), None, "nothing is waited for");
    assert_eq!(play.pass(60 * SECOND)?, "");
    play.stage.spawn(publisher(1, 3))?;
    assert_eq!(play.seen(), "+x", "new demand has a new server at once");
    Ok(())
}

#[test]
fn demand_that_comes_back_while_a_server_waits_has_one_server() -> anyhow::Result<()> {
    let mut play = served(Some(LENIENT.backoff(SECOND, SECOND)))?;
    play.fail("x")?;
    play.go(1)?;
    play.go(2)?;
    play.stage.spawn(publisher(1, 3))?;
    assert_eq!(play.seen(), "+x");
    assert_eq!(play.pass(60 * SECOND)?, "");
    assert_eq!(play.go(3)?, "-x");
    Ok(())
}

#[test]
fn a_server_that_ended_with_its_demand_is_not_made_again_for_the_next() -> anyhow::Result<()> {
    let mut play = Play::of(|cast| matcher(cast, Some(LENIENT)))?;
    play.stage.spawn(Spawn::new((), |(), cx| {
        cx.publisher(topic!(Say(1, _))).named("demand");
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| {
            cx.delete_because("demand", anyhow!("broken"));
            cx.publisher(topic!(Say(1, _))).named("demand");
        });
    }))?;
    assert_eq!(play.seen(), "+x");
    assert_eq!(play.go(1)?, "+x -x");
    assert_eq!(play.fail("x")?, "-x +x", "there is one");
    Ok(())
}

#[test]
fn a_server_that_boots_and_dies_at_once_is_given_up_while_its_demand_lasts() -> anyhow::Result<()> {
    let mut play = served(Some(LENIENT.restarts(3, 60 * SECOND).backoff(SECOND, SECOND)))?;
    play.cast.fail_boots("x", 4);
    play.fail("x")?;
    assert_eq!(play.pass(3 * SECOND)?, "!x !x !x");
    assert_eq!(play.clock.next(), None, "nothing is waited for");
    assert_eq!(play.pass(3_600 * SECOND)?, "");
    play.stage.spawn(publisher(1, 3))?;
    assert_eq!(play.seen(), "", "the same demand lasts");
    for step in 1..=3 {
        play.go(step)?;
    }
    play.stage.spawn(publisher(1, 1))?;
    assert_eq!(play.seen(), "!x", "new demand begins anew");
    assert_eq!(play.pass(SECOND)?, "+x");
    Ok(())
}

#[test]
fn restarts_of_a_server_count_for_the_stated_time() -> anyhow::Result<()> {
    let mut play = served(Some(LENIENT.restarts(1, SECOND)))?;
    for _ in 0..3 {
        assert_eq!(play.fail("x")?, "-x +x");
        play.pass(SECOND)?;
    }
    play.fail("x")?;
    assert_eq!(play.fail("x")?, "-x");
    Ok(())
}

#[test]
fn each_server_has_limits_of_its_own() -> anyhow::Result<()> {
    let mut play = served(Some(LENIENT.restarts(1, 60 * SECOND)))?;
    play.stage.spawn(publisher(2, 3))?;
    assert_eq!(play.seen(), "+y");
    play.fail("x")?;
    assert_eq!(play.fail("x")?, "-x", "given up");
    assert_eq!(play.fail("y")?, "-y +y");
    Ok(())
}

#[test]
fn what_a_matcher_waits_for_ends_with_its_process() -> anyhow::Result<()> {
    let mut play = served(Some(LENIENT.backoff(SECOND, SECOND)))?;
    play.fail("x")?;
    assert_eq!(play.kill_supervisor()?, "[killed]");
    assert_eq!(play.clock.next(), None);
    Ok(())
}

#[test]
fn servers_of_conversations_are_made_again_too() -> anyhow::Result<()> {
    let mut play = Play::of(|cast| {
        let cast = cast.clone();
        Spawn::new((), move |(), cx| {
            cx.observe_publishers(topic!(Say(..)))
                .for_each_conversation_restarting(LENIENT, move |_| Some(cast.process("x")));
        })
    })?;
    play.stage.spawn(publisher(1, 1))?;
    assert_eq!(play.seen(), "+x");
    assert_eq!(play.fail("x")?, "-x +x");
    assert_eq!(play.go(1)?, "-x");
    Ok(())
}

#[test]
fn a_server_whose_error_panics_as_it_is_shown_is_made_again() -> anyhow::Result<()> {
    let mut play = Play::of(|cast| {
        let cast = cast.clone();
        Spawn::new((), move |(), cx| {
            let servers = DemandMatcher::new(move |_: &u32| Some(cast.unspeakable()));
            let servers = servers.restarting(LENIENT.restarts(2, SECOND).backoff(SECOND / 4, SECOND / 4));
            cx.observe_publishers(topic!(Say(..))).match_demand(&servers, |peer| peer.conversation.0.value());
        })
    })?;
    play.stage.spawn(publisher(1, 1))?;
    assert_eq!(play.seen(), "tick");
    assert_eq!(play.pass(SECOND)?, "tick tick", "and is given up after that");
    Ok(())
}
