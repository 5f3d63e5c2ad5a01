//! A signal that nobody subscribes to does what it would do without the driver; also after somebody has.

use marketplace_testing::wait_until;
use rustix::process::Signal;

use super::child::Child;

/// What a test of a program is about: a signal, and the names by which the two sides know it.
const ENDING: [(Signal, &str); 5] = [
    (Signal::TERM, "SIGTERM"),
    (Signal::INT, "SIGINT"),
    (Signal::HUP, "SIGHUP"),
    (Signal::USR1, "SIGUSR1"),
    (Signal::USR2, "SIGUSR2"),
];

/// Signals of which a program that does not ask for them notices nothing.
const UNNOTICED: [(Signal, &str); 3] =
    [(Signal::CHILD, "SIGCHLD"), (Signal::WINCH, "SIGWINCH"), (Signal::CONT, "SIGCONT")];

/// Has a signal caught, heard, and let go by the last of two.
fn catch_and_release(child: &mut Child, signal: Signal, name: &str) -> anyhow::Result<()> {
    let hears = format!("a hears {name}");
    child.catches(name)?;
    child.signal(signal)?;
    child.says(&[&hears])?;
    child.tell(&format!("a hear {name}"))?;
    child.says(&[&format!("a gains {name}")])?;
    child.tell(&format!("a leave {name}"))?;
    child.says(&[&format!("a loses {name}")])?;
    child.signal(signal)?;
    child.says(&[&hears])?;
    child.releases(name)
}

#[test]
fn a_signal_that_nobody_asks_for_ends_the_program() -> anyhow::Result<()> {
    for (signal, _) in ENDING {
        let child = Child::run("program::obeys")?;
        child.signal(signal)?;
        child.dies_by(signal)?;
    }
    Ok(())
}

#[test]
fn a_signal_ends_the_program_again_once_the_last_subscriber_has_left() -> anyhow::Result<()> {
    for (signal, name) in ENDING {
        let mut child = Child::run("program::obeys")?;
        catch_and_release(&mut child, signal, name)?;
        child.signal(signal)?;
        child.dies_by(signal)?;
    }
    Ok(())
}

#[test]
fn a_signal_that_is_caught_again_and_let_go_again_ends_the_program() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    for _ in 0..100 {
        catch_and_release(&mut child, Signal::TERM, "SIGTERM")?;
    }
    child.signal(Signal::TERM)?;
    child.dies_by(Signal::TERM)
}

#[test]
fn a_signal_that_is_not_noticed_by_default_is_a_message_only_while_somebody_subscribes() -> anyhow::Result<()>
{
    for (signal, name) in UNNOTICED {
        let mut child = Child::run("program::obeys")?;
        child.signal(signal)?;
        catch_and_release(&mut child, signal, name)?;
        child.signal(signal)?;
        child.tell("ping")?;
        child.says(&["pong"])?;
    }
    Ok(())
}

#[test]
fn a_signal_that_the_program_was_started_to_ignore_is_ignored_again() -> anyhow::Result<()> {
    let mut child = Child::run_ignoring("HUP", "program::obeys")?;
    child.signal(Signal::HUP)?;
    catch_and_release(&mut child, Signal::HUP, "SIGHUP")?;
    child.signal(Signal::HUP)?;
    child.tell("ping")?;
    child.says(&["pong"])
}

#[test]
fn a_signal_that_stops_the_program_does_so_again() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    catch_and_release(&mut child, Signal::TSTP, "SIGTSTP")?;
    child.signal(Signal::TSTP)?;
    wait_until(|| child.is_stopped())?;
    child.signal(Signal::CONT)?;
    child.tell("ping")?;
    child.says(&["pong"])
}

#[test]
fn one_signal_is_let_go_and_the_others_are_still_caught() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    child.catches("SIGTERM")?;
    catch_and_release(&mut child, Signal::HUP, "SIGHUP")?;
    child.signal(Signal::TERM)?;
    child.says(&["a hears SIGTERM"])?;
    child.signal(Signal::HUP)?;
    child.dies_by(Signal::HUP)
}

#[test]
fn a_signal_that_cannot_be_caught_for_lack_of_means_does_what_it_does_by_default() -> anyhow::Result<()> {
    let mut child = Child::run("program::obeys")?;
    child.tell("starve")?;
    child.tell("a hear SIGTERM")?;
    child.says(&["a gains SIGTERM", "a fails SIGTERM"])?;
    child.signal(Signal::TERM)?;
    child.dies_by(Signal::TERM)
}
