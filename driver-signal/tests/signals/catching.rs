//! A signal that somebody subscribes to is a message.

use rustix::process::Signal;

use super::child::Child;

#[test]
fn a_signal_is_received_by_all_its_subscribers_and_by_no_other_process() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    child.catches("SIGTERM")?;
    child.catches("SIGINT")?;
    child.command("a subscribe SIGTERM")?;
    child.command("a subscribe any")?;
    child.prints(&["a gains SIGTERM", "a gains any"])?;
    child.signal(Signal::INT)?;
    child.prints(&["a receives SIGINT", "a receives SIGINT"])?;
    child.signal(Signal::TERM)?;
    child.prints(&["a receives SIGTERM", "a receives SIGTERM", "a receives SIGTERM"])
}

#[test]
fn a_subscriber_to_all_signals_does_not_catch_any() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    child.command("a subscribe any")?;
    child.prints(&["a gains any"])?;
    child.catches("SIGUSR1")?;
    child.signal(Signal::TERM)?;
    child.dies_by(Signal::TERM)
}

#[test]
fn all_grounds_of_a_program_receive_a_signal_and_the_last_one_releases_it() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    for ground in ["a", "b"] {
        child.command(&format!("{ground} subscribe SIGTERM"))?;
        child.prints(&[&format!("{ground} gains SIGTERM"), &format!("{ground} publishes SIGTERM")])?;
    }
    child.signal(Signal::TERM)?;
    child.prints_in_any_order(["a receives SIGTERM", "b receives SIGTERM"])?;
    child.releases("SIGTERM")?;
    child.signal(Signal::TERM)?;
    child.prints(&["b receives SIGTERM"])?;
    child.command("b unsubscribe SIGTERM")?;
    child.prints(&["b loses SIGTERM", "b withdraws SIGTERM"])?;
    child.signal(Signal::TERM)?;
    child.dies_by(Signal::TERM)
}

#[test]
fn a_failure_is_reported_and_new_demand_tries_again() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    child.command("a subscribe SIGKILL")?;
    child.prints(&["a gains SIGKILL", "a fails SIGKILL"])?;
    child.command("starve")?;
    child.command("a subscribe SIGTERM")?;
    child.prints(&["a gains SIGTERM", "a fails SIGTERM"])?;
    child.command("feed")?;
    child.command("a unsubscribe SIGTERM")?;
    child.prints(&["a loses SIGTERM"])?;
    child.catches("SIGTERM")?;
    child.signal(Signal::TERM)?;
    child.prints(&["a receives SIGTERM"])
}

#[test]
fn of_many_signals_at_least_one_is_received_and_no_more_than_were_sent() -> anyhow::Result<()> {
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
            "a receives SIGUSR1" => first += 1,
            "a receives SIGUSR2" => second += 1,
            line => anyhow::bail!("the program prints {line:?}"),
        }
    }
    assert!(first <= COUNT, "{first} of {COUNT}");
    assert_eq!(second, 1);
    Ok(())
}

#[test]
fn a_program_runs_while_a_process_subscribes_to_a_signal() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    child.catches("SIGUSR1")?;
    child.command("a alone")?;
    child.signal(Signal::USR1)?;
    child.prints(&["a receives SIGUSR1"])?;
    child.releases("SIGUSR1")?;
    child.prints(&["a has ended Ok(())"])
}

#[test]
fn a_program_that_stops_receives_signals_to_its_end_and_does_not_wait_for_them() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    child.catches("SIGTERM")?;
    child.command("a work")?;
    child.command("a stop")?;
    for _ in 0..2 {
        child.signal(Signal::TERM)?;
        child.prints(&["a receives SIGTERM"])?;
    }
    child.command("a rest")?;
    child.prints(&["a has ended Ok(())"])?;
    child.signal(Signal::TERM)?;
    child.dies_by(Signal::TERM)
}
