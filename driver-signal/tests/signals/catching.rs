//! A signal that somebody subscribes to is a message.

use rustix::process::Signal;

use super::child::Child;

#[test]
fn a_signal_is_heard_by_all_who_subscribe_to_it_and_by_nobody_else() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    child.catches("SIGTERM")?;
    child.catches("SIGINT")?;
    child.tell("a hear SIGTERM")?;
    child.tell("a hear any")?;
    child.says(&["a gains SIGTERM", "a gains any"])?;
    child.signal(Signal::INT)?;
    child.says(&["a hears SIGINT", "a hears SIGINT"])?;
    child.signal(Signal::TERM)?;
    child.says(&["a hears SIGTERM", "a hears SIGTERM", "a hears SIGTERM"])
}

#[test]
fn who_subscribes_to_all_signals_has_none_caught() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    child.tell("a hear any")?;
    child.says(&["a gains any"])?;
    child.catches("SIGUSR1")?;
    child.signal(Signal::TERM)?;
    child.dies_by(Signal::TERM)
}

#[test]
fn the_grounds_of_a_program_are_all_told_and_the_last_lets_go() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    for ground in ["a", "b"] {
        child.tell(&format!("{ground} hear SIGTERM"))?;
        child.says(&[&format!("{ground} gains SIGTERM"), &format!("{ground} offers SIGTERM")])?;
    }
    child.signal(Signal::TERM)?;
    child.says_in_any_order(["a hears SIGTERM", "b hears SIGTERM"])?;
    child.releases("SIGTERM")?;
    child.signal(Signal::TERM)?;
    child.says(&["b hears SIGTERM"])?;
    child.tell("b leave SIGTERM")?;
    child.says(&["b loses SIGTERM", "b withdraws SIGTERM"])?;
    child.signal(Signal::TERM)?;
    child.dies_by(Signal::TERM)
}

#[test]
fn a_failure_is_told_and_new_demand_tries_anew() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    child.tell("a hear SIGKILL")?;
    child.says(&["a gains SIGKILL", "a fails SIGKILL"])?;
    child.tell("starve")?;
    child.tell("a hear SIGTERM")?;
    child.says(&["a gains SIGTERM", "a fails SIGTERM"])?;
    child.tell("feed")?;
    child.tell("a leave SIGTERM")?;
    child.says(&["a loses SIGTERM"])?;
    child.catches("SIGTERM")?;
    child.signal(Signal::TERM)?;
    child.says(&["a hears SIGTERM"])
}

#[test]
fn many_signals_are_heard_at_least_once_and_no_more_than_there_were() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    child.catches("SIGUSR1")?;
    child.catches("SIGUSR2")?;
    const COUNT: usize = 2_000;
    for _ in 0..COUNT {
        child.signal(Signal::USR1)?;
    }
    child.signal(Signal::USR2)?;
    let (mut first, mut second) = (0, 0);
    while first == 0 || second == 0 {
        match &*child.line()? {
            "a hears SIGUSR1" => first += 1,
            "a hears SIGUSR2" => second += 1,
            line => anyhow::bail!("it says {line:?}"),
        }
    }
    assert!(first <= COUNT, "{first} of {COUNT}");
    assert_eq!(second, 1);
    Ok(())
}

#[test]
fn a_program_goes_on_while_somebody_waits_for_a_signal() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    child.catches("SIGUSR1")?;
    child.tell("a alone")?;
    child.signal(Signal::USR1)?;
    child.says(&["a hears SIGUSR1"])?;
    child.releases("SIGUSR1")?;
    child.says(&["a has ended Ok(())"])
}

#[test]
fn a_program_that_stops_hears_signals_to_its_end_and_does_not_wait_for_them() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    child.catches("SIGTERM")?;
    child.tell("a work")?;
    child.tell("a stop")?;
    for _ in 0..2 {
        child.signal(Signal::TERM)?;
        child.says(&["a hears SIGTERM"])?;
    }
    child.tell("a rest")?;
    child.says(&["a has ended Ok(())"])?;
    child.signal(Signal::TERM)?;
    child.dies_by(Signal::TERM)
}
