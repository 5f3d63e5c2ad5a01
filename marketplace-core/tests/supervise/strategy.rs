//! Which children a failure concerns, and which are restarted.

use marketplace_core::{Restart, Spawn, Strategy, Supervisor};

use super::play::{Deed, LENIENT, Play, SECOND, Tell};

/// A supervisor of "a", "b" and "c". "b" has this kind of restart, and the others are permanent.
fn three(strategy: Strategy, kind: Restart) -> anyhow::Result<Play> {
    let play = Play::new(|cast| {
        Supervisor::new(strategy)
            .limits(LENIENT)
            .child(cast.child("a", Restart::Permanent))
            .child(cast.child("b", kind))
            .child(cast.child("c", Restart::Permanent))
    })?;
    assert_eq!(play.seen(), "+a +b +c", "children are started in order");
    Ok(play)
}

#[test]
fn a_failure_concerns_the_children_that_the_strategy_says() -> anyhow::Result<()> {
    for (strategy, seen) in [
        (Strategy::OneForOne, "-b +b"),
        (Strategy::AllForOne, "-b -c -a +a +b +c"),
        (Strategy::RestForOne, "-b -c +b +c"),
    ] {
        for kind in [Restart::Permanent, Restart::Transient] {
            let mut play = three(strategy, kind)?;
            assert_eq!(play.fail("b")?, seen, "{strategy:?} {kind:?}");
            assert_eq!(play.fail("b")?, seen, "{strategy:?} {kind:?}, once more");
        }
    }
    Ok(())
}

#[test]
fn a_permanent_child_is_made_again_also_when_it_has_quit() -> anyhow::Result<()> {
    for (strategy, seen) in [
        (Strategy::OneForOne, "-b +b"),
        (Strategy::AllForOne, "-b -c -a +a +b +c"),
        (Strategy::RestForOne, "-b -c +b +c"),
    ] {
        assert_eq!(three(strategy, Restart::Permanent)?.quit("b")?, seen, "{strategy:?}");
    }
    Ok(())
}

#[test]
fn a_transient_child_that_quits_concerns_nobody() -> anyhow::Result<()> {
    for strategy in [Strategy::OneForOne, Strategy::AllForOne, Strategy::RestForOne] {
        assert_eq!(three(strategy, Restart::Transient)?.quit("b")?, "-b", "{strategy:?}");
    }
    Ok(())
}

#[test]
fn a_transient_child_that_has_quit_is_made_again_with_its_siblings() -> anyhow::Result<()> {
    for (strategy, seen) in [
        (Strategy::OneForOne, "-a +a"),
        (Strategy::AllForOne, "-a -c +a +b +c"),
        (Strategy::RestForOne, "-a -c +a +b +c"),
    ] {
        let mut play = three(strategy, Restart::Transient)?;
        play.quit("b")?;
        assert_eq!(play.fail("a")?, seen, "{strategy:?}");
    }
    Ok(())
}

#[test]
fn a_temporary_child_concerns_nobody_and_is_never_made_again() -> anyhow::Result<()> {
    for (strategy, later) in [
        (Strategy::OneForOne, "-a +a"),
        (Strategy::AllForOne, "-a -c +a +c"),
        (Strategy::RestForOne, "-a -c +a +c"),
    ] {
        for end in [Play::fail, Play::quit] {
            let mut play = three(strategy, Restart::Temporary)?;
            assert_eq!(end(&mut play, "b")?, "-b", "{strategy:?}");
            assert_eq!(play.fail("a")?, later, "{strategy:?}");
        }
    }
    Ok(())
}

#[test]
fn a_temporary_child_that_is_ended_for_a_sibling_is_not_made_again() -> anyhow::Result<()> {
    for (strategy, seen) in [
        (Strategy::OneForOne, "-a +a"),
        (Strategy::AllForOne, "-a -c -b +a +c"),
        (Strategy::RestForOne, "-a -c -b +a +c"),
    ] {
        assert_eq!(three(strategy, Restart::Temporary)?.fail("a")?, seen, "{strategy:?}");
    }
    Ok(())
}

#[test]
fn siblings_are_ended_at_once_and_all_are_started_after_the_delay() -> anyhow::Result<()> {
    for (strategy, at_once, later) in [
        (Strategy::OneForOne, "-b", "+b"),
        (Strategy::AllForOne, "-b -c -a", "+a +b +c"),
        (Strategy::RestForOne, "-b -c", "+b +c"),
    ] {
        let mut play = Play::new(|cast| {
            ["a", "b", "c"].into_iter().fold(
                Supervisor::new(strategy).limits(LENIENT.backoff(SECOND, SECOND)),
                |supervisor, name| supervisor.child(cast.child(name, Restart::Permanent)),
            )
        })?;
        play.seen();
        assert_eq!(play.fail("b")?, at_once, "{strategy:?}");
        assert_eq!(play.pass(SECOND / 2)?, "", "{strategy:?}");
        assert_eq!(play.pass(SECOND / 2)?, later, "{strategy:?}");
    }
    Ok(())
}

#[test]
fn the_next_child_is_started_only_when_the_one_before_has_taken_its_first_turn() -> anyhow::Result<()> {
    for (strategy, seen) in [
        (Strategy::OneForOne, "-a !a !a +a"),
        (Strategy::AllForOne, "-a -c -b !a !a +a +b +c"),
        (Strategy::RestForOne, "-a -c -b !a !a +a +b +c"),
    ] {
        let mut play = three(strategy, Restart::Permanent)?;
        play.cast.fail_boots("a", 2);
        assert_eq!(play.fail("a")?, seen, "{strategy:?}");
    }
    Ok(())
}

#[test]
fn a_child_that_cannot_be_started_again_with_its_siblings_has_failed_itself() -> anyhow::Result<()> {
    for (strategy, seen) in
        [(Strategy::AllForOne, "-a -c -b +a !b -a +a +b +c"), (Strategy::RestForOne, "-a -c -b +a !b +b +c")]
    {
        let mut play = three(strategy, Restart::Permanent)?;
        play.cast.fail_boots("b", 1);
        assert_eq!(play.fail("a")?, seen, "{strategy:?}");
    }
    Ok(())
}

#[test]
fn a_child_that_waits_when_an_earlier_sibling_fails_continues_to_wait() -> anyhow::Result<()> {
    let mut play = Play::new(|cast| {
        Supervisor::new(Strategy::RestForOne)
            .limits(LENIENT.backoff(SECOND, 4 * SECOND).reset_after(60 * SECOND))
            .child(cast.child("a", Restart::Permanent))
            .child(cast.child("b", Restart::Permanent))
            .child(cast.child("c", Restart::Permanent))
    })?;
    play.fail("b")?;
    play.pass(SECOND)?;
    assert_eq!(play.fail("b")?, "-b -c");
    assert_eq!(play.fail("a")?, "-a");
    assert_eq!(play.pass(SECOND)?, "+a");
    assert_eq!(play.pass(SECOND)?, "+b +c");
    Ok(())
}

#[test]
fn siblings_that_fail_together_are_made_again_together_and_once() -> anyhow::Result<()> {
    for (strategy, seen) in [
        (Strategy::OneForOne, "-a -b +a +b"),
        (Strategy::AllForOne, "-a -b -c +a +b +c"),
        (Strategy::RestForOne, "-a -b -c +a +b +c"),
    ] {
        let mut play = three(strategy, Restart::Permanent)?;
        play.stage.spawn(Spawn::new((), |(), cx| {
            ["a", "b"].into_iter().for_each(|name| cx.send(Tell(name, Deed::Fail)))
        }))?;
        assert_eq!(play.seen(), seen, "{strategy:?}");
    }
    Ok(())
}
