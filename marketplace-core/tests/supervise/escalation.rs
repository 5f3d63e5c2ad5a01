//! Supervisors of supervisors, and how one gives up.

use std::task::Poll;

use anyhow::{Context as _, bail};
use marketplace_core::{
    Actions, Actor, Child, Event, Ground, Reason, Restart, Spawn, Strategy, Supervisor, TooManyRestarts,
    topic,
};

use super::play::{Cast, Deed, LENIENT, Play, SECOND, Tell};
use marketplace_testing::Clock;

use crate::support::Stage;

/// A supervisor of "a" and "b" that allows this number of restarts.
fn inner(cast: &Cast, restarts: usize) -> Supervisor {
    Supervisor::new(Strategy::OneForOne)
        .named("inner")
        .limits(LENIENT.restarts(restarts, SECOND))
        .child(cast.child("a", Restart::Permanent))
        .child(cast.child("b", Restart::Permanent))
}

/// A supervisor that allows one restart of an inner supervisor, which allows one restart itself.
fn outer(cast: &Cast) -> Supervisor {
    let theirs = cast.clone();
    Supervisor::new(Strategy::AllForOne)
        .named("outer")
        .limits(LENIENT.restarts(1, 60 * SECOND))
        .child(cast.child("x", Restart::Permanent))
        .child(Child::new("inner", move || inner(&theirs, 1).spawn()))
        .child(cast.child("y", Restart::Permanent))
}

#[test]
fn a_supervisor_that_gives_up_has_failed_like_any_child() -> anyhow::Result<()> {
    let mut play = Play::new(outer)?;
    assert_eq!(play.seen(), "+x +a +b +y");
    assert_eq!(play.fail("a")?, "-a +a");
    assert_eq!(play.fail("a")?, "-a -b -y -x +x +a +b +y");
    Ok(())
}

#[test]
fn the_reason_holds_the_chain_through_all_supervisors() -> anyhow::Result<()> {
    let mut play = Play::new(outer)?;
    for _ in 0..3 {
        play.fail("a")?;
    }
    let seen = play.fail("a")?;
    assert_eq!(
        seen,
        "-a -b -y -x [supervisor `outer`: `inner` has ended again after 1 restart within 60s: \
         supervisor `inner`: `a` has ended again after 1 restart within 1s: a fails]"
    );
    Ok(())
}

#[test]
fn each_error_of_the_chain_can_be_downcast() -> anyhow::Result<()> {
    let clock = Clock::default();
    let top = Supervisor::new(Strategy::OneForOne).named("top").limits(LENIENT.restarts(0, SECOND)).child(
        Child::new("sub", || {
            let broken = Child::new("broken", || Spawn::new((), |(), _| bail!("by nature")));
            Supervisor::new(Strategy::OneForOne).named("sub").limits(LENIENT).child(broken).spawn()
        }),
    );
    let mut stage = Stage::of(Ground::new().with_sleep(clock.sleeper()).main(top.spawn()));
    let Poll::Ready(Err(error)) = stage.settle() else { bail!("the main process has not failed") };
    let reason = Reason::error(error);
    let first: &TooManyRestarts = reason.downcast_ref().context("the outer one")?;
    assert_eq!((&*first.supervisor, &*first.child, first.restarts), ("top", "sub", 0));
    let second: &TooManyRestarts = first.last.downcast_ref().context("the inner one")?;
    assert_eq!((&*second.supervisor, &*second.child, second.restarts), ("sub", "broken", 1_000));
    assert_eq!(second.last.to_string(), "by nature");
    Ok(())
}

#[test]
fn a_permanent_child_that_quits_too_often_is_named_as_one_that_ended_well() -> anyhow::Result<()> {
    let mut play = Play::new(|cast| inner(cast, 0))?;
    let seen = play.quit("b")?;
    assert!(
        seen.ends_with("[supervisor `inner`: `b` has ended, and no restart is allowed: normal]"),
        "{seen}"
    );
    Ok(())
}

/// A supervisor of "left" and of another such supervisor, and so on. The innermost one has the child "deep".
fn tree(cast: &Cast, depth: usize) -> Supervisor {
    let supervisor = Supervisor::new(Strategy::OneForOne).limits(LENIENT);
    if depth == 0 {
        return supervisor.child(cast.child("deep", Restart::Permanent));
    }
    let theirs = cast.clone();
    supervisor
        .child(cast.child("left", Restart::Permanent))
        .child(Child::new("below", move || tree(&theirs, depth - 1).spawn()))
}

#[test]
fn no_child_is_restarted_before_everything_below_a_sibling_is_gone() -> anyhow::Result<()> {
    for depth in 0..5 {
        let mut play = Play::new(|cast| {
            let theirs = cast.clone();
            Supervisor::new(Strategy::AllForOne)
                .limits(LENIENT)
                .child(cast.child("x", Restart::Permanent))
                .child(Child::new("tree", move || tree(&theirs, depth).spawn()))
        })?;
        let coming = format!("+x{} +deep", " +left".repeat(depth));
        assert_eq!(play.seen(), coming);
        assert_eq!(play.fail("x")?, format!("-x -deep{} {coming}", " -left".repeat(depth)));
    }
    Ok(())
}

#[test]
fn a_sibling_waits_until_a_supervisor_has_started_its_children_but_not_for_those_who_fail()
-> anyhow::Result<()> {
    for strategy in [Strategy::OneForOne, Strategy::AllForOne, Strategy::RestForOne] {
        let mut play = Play::new(|cast| {
            cast.fail_boots("b", 1);
            let theirs = cast.clone();
            let below = Child::new("below", move || {
                let below = Supervisor::new(strategy).limits(LENIENT.backoff(SECOND, SECOND));
                ["a", "b", "c"]
                    .into_iter()
                    .fold(below, |below, name| below.child(theirs.child(name, Restart::Permanent)))
                    .spawn()
            });
            Supervisor::new(Strategy::RestForOne).child(below).child(cast.child("y", Restart::Permanent))
        })?;
        let (at_once, later) = match strategy {
            Strategy::OneForOne => ("+a !b +c +y", "+b"),
            Strategy::AllForOne => ("+a !b -a +y", "+a +b +c"),
            Strategy::RestForOne => ("+a !b +y", "+b +c"),
        };
        assert_eq!(play.seen(), at_once);
        assert_eq!(play.pass(SECOND)?, later);
    }
    Ok(())
}

#[test]
fn a_supervisor_that_gives_up_as_it_starts_holds_nobody_up() -> anyhow::Result<()> {
    let play = Play::new(|cast| {
        cast.fail_boots("a", 3);
        Supervisor::new(Strategy::AllForOne)
            .limits(LENIENT)
            .child(Child::new("inner", {
                let theirs = cast.clone();
                move || inner(&theirs, 1).spawn()
            }))
            .child(cast.child("y", Restart::Permanent))
    })?;
    assert_eq!(play.seen(), "!a !a !a +a +b +y");
    Ok(())
}

#[test]
fn supervisors_work_in_nested_vms() -> anyhow::Result<()> {
    for depth in 1..4 {
        let mut play = Play::of(|cast| {
            let supervisor =
                inner(cast, 1).limits(LENIENT.restarts(1, SECOND).backoff(SECOND / 2, SECOND)).spawn();
            // The relays pass on orders from the ground.
            (0..depth).fold(supervisor, |inside, _| Spawn::nested([relay(), inside]))
        })?;
        assert_eq!(play.seen(), "+a +b");
        assert_eq!(play.fail("a")?, "-a");
        assert_eq!(play.pass(SECOND / 2)?, "+a");
        assert_eq!(play.pass(SECOND / 2)?, "");
        assert_eq!(play.fail("b")?, "-b");
        assert_eq!(play.fail("a")?, "-a", "the second is one too many, and the supervisor is gone inside");
        assert_eq!(play.pass(SECOND)?, "");
        assert_eq!(play.kill_supervisor()?, "[killed]");
    }
    Ok(())
}

/// Relays orders into its VM.
fn relay() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.meta().subscriber(topic!(Tell(..))).on_message(|(), cx, tell| cx.send(Tell(tell.0, tell.1)));
    })
}

#[test]
fn a_supervisor_can_be_wrapped() -> anyhow::Result<()> {
    struct Wrapped<A>(A);
    impl<A: Actor> Actor for Wrapped<A> {
        fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
            self.0.handle(event, actions)
        }
    }
    let mut play = Play::new(|cast| {
        let theirs = cast.clone();
        Supervisor::new(Strategy::AllForOne)
            .limits(LENIENT)
            .child(cast.child("x", Restart::Permanent))
            .child(Child::new("inner", move || inner(&theirs, 1).spawn().wrap(Wrapped)))
    })?;
    assert_eq!(play.seen(), "+x +a +b");
    assert_eq!(play.fail("x")?, "-x -b -a +x +a +b");
    Ok(())
}

#[test]
fn a_nested_vm_is_a_child_like_any_other() -> anyhow::Result<()> {
    let mut play = Play::new(|cast| {
        let theirs = cast.clone();
        Supervisor::new(Strategy::AllForOne).limits(LENIENT).child(cast.child("a", Restart::Permanent)).child(
            Child::new("vm", move || {
                Spawn::nested([relay(), theirs.process("inside"), theirs.process("also")])
            }),
        )
    })?;
    assert_eq!(play.seen(), "+a +inside +also");
    assert_eq!(play.tell("inside", Deed::Fail)?, "-inside", "the VM goes on without it");
    assert_eq!(play.fail("a")?, "-a -also +a +inside +also");
    Ok(())
}
