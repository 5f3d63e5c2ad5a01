//! How soon and how often a child is restarted, by the clock.

use std::time::Duration;

use marketplace_core::{Limits, Restart, Strategy, Supervisor};

use super::play::{LENIENT, Play, SECOND};

/// A supervisor of the permanent "a" and "b".
fn two(limits: Limits) -> anyhow::Result<Play> {
    let play = Play::new(|cast| {
        Supervisor::new(Strategy::OneForOne)
            .named("s")
            .limits(limits)
            .child(cast.child("a", Restart::Permanent))
            .child(cast.child("b", Restart::Permanent))
    })?;
    assert_eq!(play.seen(), "+a +b");
    Ok(play)
}

/// One nanosecond less than a second.
fn short_of(duration: Duration) -> Duration {
    duration - Duration::from_nanos(1)
}

const NANOSECOND: Duration = Duration::from_nanos(1);

#[test]
fn each_restart_waits_twice_as_long_up_to_the_cap() -> anyhow::Result<()> {
    let mut play = two(LENIENT.backoff(SECOND, 5 * SECOND).reset_after(60 * SECOND))?;
    for seconds in [1, 2, 4, 5, 5] {
        assert_eq!(play.fail("a")?, "-a");
        assert_eq!(play.pass(short_of(seconds * SECOND))?, "");
        assert_eq!(play.pass(NANOSECOND)?, "+a", "after {seconds} s");
    }
    Ok(())
}

#[test]
fn each_child_has_its_own_delays() -> anyhow::Result<()> {
    let mut play = two(LENIENT.backoff(SECOND, 60 * SECOND).reset_after(60 * SECOND))?;
    play.fail("a")?;
    play.pass(SECOND)?;
    play.fail("a")?;
    assert_eq!(play.fail("b")?, "-b");
    assert_eq!(play.pass(SECOND)?, "+b");
    assert_eq!(play.pass(SECOND)?, "+a");
    Ok(())
}

#[test]
fn the_delay_falls_back_only_after_the_stated_life() -> anyhow::Result<()> {
    let life = 10 * SECOND;
    let mut play = two(LENIENT.backoff(SECOND, 60 * SECOND).reset_after(life))?;
    play.fail("a")?;
    play.pass(SECOND)?;
    play.pass(short_of(life))?;
    play.fail("a")?;
    assert_eq!(play.pass(short_of(2 * SECOND))?, "", "it had not lived for long enough");
    assert_eq!(play.pass(NANOSECOND)?, "+a");
    play.pass(life)?;
    play.fail("a")?;
    assert_eq!(play.pass(SECOND)?, "+a", "it had");
    Ok(())
}

#[test]
fn the_life_that_counts_is_one_life() -> anyhow::Result<()> {
    let mut play = two(LENIENT.backoff(SECOND, 60 * SECOND).reset_after(10 * SECOND))?;
    for seconds in [1, 2, 4, 8] {
        play.pass(6 * SECOND)?;
        play.fail("a")?;
        assert_eq!(play.pass(short_of(seconds * SECOND))?, "");
        assert_eq!(play.pass(NANOSECOND)?, "+a");
    }
    Ok(())
}

#[test]
fn a_child_that_boots_and_dies_at_once_does_not_spin() -> anyhow::Result<()> {
    let limits = Limits::new().restarts(1_000, 60 * SECOND).backoff(SECOND, 16 * SECOND).jitter(0.0);
    let play = &mut two(limits)?;
    play.cast.fail_boots("a", u32::MAX);
    play.fail("a")?;
    assert_eq!(play.pass(31 * SECOND)?, "!a !a !a !a !a", "after 1, 3, 7, 15 and 31 s");
    assert_eq!(play.pass(160 * SECOND)?.split(' ').count(), 10, "every 16 s");
    Ok(())
}

/// Delays of up to a second, with jitter. All other times are longer.
fn varied(jitter: f64) -> Limits {
    let long = 3_600 * SECOND;
    Limits::new().restarts(1_000, long).reset_after(long).backoff(SECOND, SECOND).jitter(jitter)
}

#[test]
fn the_jitter_takes_off_no_more_than_its_share() -> anyhow::Result<()> {
    let mut delays: Vec<u128> = Vec::new();
    for seed in 0..50 {
        let mut play = two(varied(0.25).seed(seed))?;
        for _ in 0..4 {
            play.fail("a")?;
            let delay = play.clock.next().expect("a restart is due");
            delays.push(delay.as_millis());
            assert_eq!(play.pass(delay)?, "+a");
        }
    }
    assert!(delays.iter().all(|delay| (750..=1_000).contains(delay)), "{delays:?}");
    let quarters = (0..4).map(|quarter| 750 + quarter * 62..750 + (quarter + 1) * 62);
    for quarter in quarters {
        let count = delays.iter().filter(|delay| quarter.contains(*delay)).count();
        assert!(count > 20, "{count} of 200 are in {quarter:?}: {delays:?}");
    }
    Ok(())
}

#[test]
fn the_jitter_is_the_same_for_the_same_seed_and_otherwise_differs() -> anyhow::Result<()> {
    let delays = |limits: Limits| -> anyhow::Result<Vec<Duration>> {
        let mut play = two(limits)?;
        let mut delays = Vec::new();
        for _ in 0..8 {
            play.fail("a")?;
            let delay = play.clock.next().expect("a restart is due");
            delays.push(delay);
            play.pass(delay)?;
        }
        Ok(delays)
    };
    let limits = varied(1.0);
    assert_eq!(delays(limits.seed(7))?, delays(limits.seed(7))?);
    assert_ne!(delays(limits.seed(7))?, delays(limits.seed(8))?);
    assert_ne!(delays(limits)?, delays(limits)?);
    Ok(())
}

#[test]
fn shares_of_jitter_outside_0_and_1_count_as_these() {
    assert_eq!(Limits::new().jitter(7.0), Limits::new().jitter(1.0));
    for share in [-1.0, f64::NAN, f64::NEG_INFINITY] {
        assert_eq!(Limits::new().jitter(share), Limits::new().jitter(0.0));
    }
}

#[test]
fn the_longest_delays_there_are_do_no_harm() -> anyhow::Result<()> {
    let mut play = two(LENIENT.backoff(Duration::MAX, Duration::MAX).jitter(1.0))?;
    play.fail("a")?;
    assert_eq!(play.fail("b")?, "-b");
    Ok(())
}

#[test]
fn restarts_within_the_limit_go_on_for_ever() -> anyhow::Result<()> {
    let mut play = two(LENIENT.restarts(2, SECOND))?;
    for _ in 0..20 {
        assert_eq!(play.fail("a")?, "-a +a");
        assert_eq!(play.fail("b")?, "-b +b");
        assert_eq!(play.pass(SECOND)?, "");
    }
    Ok(())
}

#[test]
fn one_restart_more_than_the_limit_is_too_many_whoever_fails() -> anyhow::Result<()> {
    let mut play = two(LENIENT.restarts(2, SECOND))?;
    play.fail("a")?;
    play.pass(short_of(SECOND))?;
    play.fail("b")?;
    let end = "-a -b [supervisor `s`: `a` has ended again after 2 restarts within 1s: a fails]";
    assert_eq!(play.fail("a")?, end);
    Ok(())
}

#[test]
fn a_restart_counts_for_the_stated_time_and_no_longer() -> anyhow::Result<()> {
    let mut play = two(LENIENT.restarts(2, SECOND))?;
    play.fail("a")?;
    play.pass(SECOND / 2)?;
    play.fail("a")?;
    play.pass(SECOND / 2)?;
    assert_eq!(play.fail("a")?, "-a +a", "the first counts no more");
    play.pass(short_of(SECOND / 2))?;
    assert!(play.fail("a")?.ends_with(']'), "the second does");
    Ok(())
}

#[test]
fn a_restart_that_fails_counts_too() -> anyhow::Result<()> {
    let mut play = two(LENIENT.restarts(3, SECOND))?;
    play.cast.fail_boots("a", u32::MAX);
    let end = "-a !a !a !a -b [supervisor `s`: `a` has ended again after 3 restarts within 1s: a is a dud]";
    assert_eq!(play.fail("a")?, end);
    Ok(())
}

#[test]
fn a_failure_that_concerns_several_counts_once() -> anyhow::Result<()> {
    let mut play = Play::new(|cast| {
        Supervisor::new(Strategy::AllForOne)
            .limits(LENIENT.restarts(1, SECOND))
            .child(cast.child("a", Restart::Permanent))
            .child(cast.child("b", Restart::Permanent))
    })?;
    play.seen();
    assert_eq!(play.fail("b")?, "-b -a +a +b");
    Ok(())
}

#[test]
fn a_supervisor_that_allows_no_restart_gives_up_at_once() -> anyhow::Result<()> {
    let end = "-a -b [supervisor `s`: `a` has ended, and no restart is allowed: a fails]";
    assert_eq!(two(LENIENT.restarts(0, SECOND))?.fail("a")?, end);
    Ok(())
}
