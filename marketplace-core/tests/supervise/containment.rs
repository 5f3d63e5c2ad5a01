//! Children whose code panics in unusual places: while the child is made, and while what it leaves behind is dropped.

use marketplace_core::{Child, Children, Ground, Restart, Spawn, Strategy, Supervisor};

use super::play::{Cast, Deed, LENIENT, Play, SECOND, Tell};
use marketplace_testing::Clock;

use crate::support::{Stage, with_traces};

#[test]
fn a_recipe_that_panics_is_a_child_that_fails_in_its_first_turn() -> anyhow::Result<()> {
    let play = Play::new(|cast| {
        Supervisor::new(Strategy::OneForOne)
            .named("s")
            .limits(LENIENT.restarts(2, SECOND))
            .child(cast.child("a", Restart::Permanent))
            .child(Child::new("mad", || panic!("mad")))
    })?;
    let end = "+a -a [supervisor `s`: `mad` has ended again after 2 restarts within 1s: panic: mad]";
    assert_eq!(play.seen(), end);
    Ok(())
}

#[test]
fn a_recipe_that_panics_as_it_is_dropped_harms_nobody() -> anyhow::Result<()> {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("boom");
        }
    }
    let children = Children::new("crew");
    let mut play = Play::new(|cast| {
        let (bomb, theirs) = (Bomb, cast.clone());
        Supervisor::new(Strategy::OneForOne)
            .limits(LENIENT)
            .controlled_by(&children)
            .child(cast.child("a", Restart::Permanent))
            .child(Child::new("bomb", move || {
                let _bomb = &bomb;
                theirs.process("bomb")
            }))
    })?;
    assert_eq!(play.seen(), "+a +bomb");
    play.stage.send(children.remove("bomb"))?;
    assert_eq!(play.seen(), "-bomb");
    assert_eq!(play.fail("a")?, "-a +a", "the supervisor goes on");
    Ok(())
}

#[test]
fn an_error_that_panics_as_it_is_dropped_harms_nobody() -> anyhow::Result<()> {
    #[derive(Debug)]
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("boom");
        }
    }
    impl std::fmt::Display for Bomb {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("tick")
        }
    }
    impl std::error::Error for Bomb {}
    let children = Children::new("crew");
    let mut play = Play::new(|cast| {
        let theirs = cast.clone();
        let bomb = Child::new("bomb", move || {
            let log = theirs.log.clone();
            Spawn::new((), move |(), _| {
                log.add("tick");
                Err(Bomb.into())
            })
        });
        Supervisor::new(Strategy::OneForOne)
            .limits(LENIENT.backoff(SECOND, SECOND))
            .controlled_by(&children)
            .child(cast.child("a", Restart::Permanent))
            .child(bomb)
    })?;
    assert_eq!(play.seen(), "+a tick");
    assert_eq!(play.pass(2 * SECOND)?, "tick tick");
    play.stage.send(children.remove("bomb"))?;
    play.fail("a")?;
    assert_eq!(play.pass(SECOND)?, "+a", "the supervisor goes on");
    Ok(())
}

#[test]
fn an_error_that_panics_as_it_is_shown_harms_nobody() -> anyhow::Result<()> {
    let mut play = Play::new(|cast| {
        let theirs = cast.clone();
        Supervisor::new(Strategy::OneForOne)
            .limits(LENIENT.backoff(SECOND, SECOND))
            .child(cast.child("a", Restart::Permanent))
            .child(Child::new("bomb", move || theirs.unspeakable()))
    })?;
    assert_eq!(play.seen(), "+a tick");
    let (again, lines) = with_traces(|| play.pass(SECOND));
    assert_eq!(again?, "tick");
    assert!(lines.iter().any(|line| line.contains("unspeakable") && line.contains("bomb")), "{lines:?}");
    assert_eq!(play.fail("a")?, "-a");
    assert_eq!(play.pass(SECOND)?, "tick +a", "the supervisor goes on");
    Ok(())
}

#[test]
fn a_clock_that_breaks_down_ends_the_supervisor_with_all_its_children() -> anyhow::Result<()> {
    let (clock, cast) = (Clock::default(), Cast::default());
    let sleep = clock.sleeper();
    let breaks_down = move |duration| {
        assert!(duration < SECOND, "no more than a second");
        sleep(duration)
    };
    let supervisor = Supervisor::new(Strategy::OneForOne)
        .named("s")
        .limits(LENIENT.backoff(2 * SECOND, 2 * SECOND).restarts(9, SECOND / 2))
        .child(cast.child("a", Restart::Permanent))
        .child(cast.child("b", Restart::Permanent));
    let ground = Ground::new().with_sleep(breaks_down).spawn(supervisor.spawn());
    let mut stage = Stage::of(ground);
    stage.rest()?;
    assert_eq!(cast.seen(), "+a +b");
    stage.send(Tell("a", Deed::Fail))?;
    assert_eq!(cast.seen(), "-a -b");
    Ok(())
}
