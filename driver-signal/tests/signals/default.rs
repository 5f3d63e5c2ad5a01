//! A signal without a subscriber has its usual effect, also after it was caught.

use marketplace_testing::wait_until;
use rustix::process::Signal;

use super::child::Child;

/// Signals that end a program by default, with their names.
const ENDING: [(Signal, &str); 5] = [
    (Signal::TERM, "SIGTERM"),
    (Signal::INT, "SIGINT"),
    (Signal::HUP, "SIGHUP"),
    (Signal::USR1, "SIGUSR1"),
    (Signal::USR2, "SIGUSR2"),
];

/// Signals that have no effect by default.
const UNNOTICED: [(Signal, &str); 3] =
    [(Signal::CHILD, "SIGCHLD"), (Signal::WINCH, "SIGWINCH"), (Signal::CONT, "SIGCONT")];

/// Catches a signal, receives it, and releases it with the last of two subscribers.
fn catch_and_release(child: &mut Child, signal: Signal, name: &str) -> anyhow::Result<()> {
    let receives = format!("a receives {name}");
    child.catches(name)?;
    child.signal(signal)?;
    child.prints(&[&receives])?;
    child.command(&format!("a subscribe {name}"))?;
    child.prints(&[&format!("a gains {name}")])?;
    child.command(&format!("a unsubscribe {name}"))?;
    child.prints(&[&format!("a loses {name}")])?;
    child.signal(signal)?;
    child.prints(&[&receives])?;
    child.releases(name)
}

#[test]
fn a_signal_without_a_subscriber_ends_the_program() -> anyhow::Result<()> {
    for (signal, _) in ENDING {
        let child = Child::run("program::obeys")?;
        child.signal(signal)?;
        child.dies_by(signal)?;
    }
    Ok(())
}

#[test]
fn a_signal_ends_the_program_again_after_the_last_subscriber_is_removed() -> anyhow::Result<()> {
    for (signal, name) in ENDING {
        let mut child = Child::run("program::obeys")?;
        catch_and_release(&mut child, signal, name)?;
        child.signal(signal)?;
        child.dies_by(signal)?;
    }
    Ok(())
}

#[test]
fn a_signal_that_is_caught_again_and_released_again_ends_the_program() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    for _ in 0..100 {
        catch_and_release(&mut child, Signal::TERM, "SIGTERM")?;
    }
    child.signal(Signal::TERM)?;
    child.dies_by(Signal::TERM)
}

#[test]
fn a_signal_without_effect_by_default_is_a_message_only_while_it_has_a_subscriber() -> anyhow::Result<()> {
    for (signal, name) in UNNOTICED {
        let mut child = Child::run("program::obeys")?;
        child.signal(signal)?;
        catch_and_release(&mut child, signal, name)?;
        child.signal(signal)?;
        child.command("ping")?;
        child.prints(&["pong"])?;
    }
    Ok(())
}

#[test]
fn a_signal_that_the_program_was_started_to_ignore_is_ignored_again() -> anyhow::Result<()> {
    let mut child = Child::run_ignoring("HUP", "program::obeys")?;
    child.signal(Signal::HUP)?;
    catch_and_release(&mut child, Signal::HUP, "SIGHUP")?;
    child.signal(Signal::HUP)?;
    child.command("ping")?;
    child.prints(&["pong"])
}

#[test]
fn a_signal_that_stops_the_program_does_so_again() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    catch_and_release(&mut child, Signal::TSTP, "SIGTSTP")?;
    child.signal(Signal::TSTP)?;
    wait_until(|| child.is_stopped())?;
    child.signal(Signal::CONT)?;
    child.command("ping")?;
    child.prints(&["pong"])
}

#[test]
fn one_signal_is_released_and_the_others_are_still_caught() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    child.catches("SIGTERM")?;
    catch_and_release(&mut child, Signal::HUP, "SIGHUP")?;
    child.signal(Signal::TERM)?;
    child.prints(&["a receives SIGTERM"])?;
    child.signal(Signal::HUP)?;
    child.dies_by(Signal::HUP)
}

#[test]
fn a_signal_that_cannot_be_caught_for_lack_of_descriptors_has_its_default_effect() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    child.command("starve")?;
    child.command("a subscribe SIGTERM")?;
    child.prints(&["a gains SIGTERM", "a fails SIGTERM"])?;
    child.signal(Signal::TERM)?;
    child.dies_by(Signal::TERM)
}
