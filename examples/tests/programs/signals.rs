//! `signals` prints the signals that it receives.

use rustix::process::Signal;

use crate::support::{Program, SIGNALS, program};

/// Signals that would end the program if it did not subscribe to them, or that it would not notice.
const LISTENED_FOR: [(Signal, &str); 4] = [
    (Signal::HUP, "SIGHUP"),
    (Signal::USR1, "SIGUSR1"),
    (Signal::USR2, "SIGUSR2"),
    (Signal::WINCH, "SIGWINCH"),
];

fn listening() -> anyhow::Result<Program> {
    let program = Program::start(&mut program(SIGNALS))?;
    for (_, name) in LISTENED_FOR {
        assert_eq!(program.line()?, format!("listening for {name}\n"));
    }
    Ok(program)
}

#[test]
fn it_prints_each_signal_that_it_receives_until_a_signal_ends_it() -> anyhow::Result<()> {
    for end in [Signal::INT, Signal::TERM] {
        let program = listening()?;
        for _ in 0..2 {
            for (signal, name) in LISTENED_FOR {
                program.signal(signal)?;
                assert_eq!(program.line()?, format!("{name}\n"));
            }
        }
        program.signal(end)?;
        let finished = program.finish()?;
        assert!(finished.status.success());
        assert_eq!((&*finished.output, &*finished.errors), ("", ""));
    }
    Ok(())
}

#[test]
fn a_signal_that_it_does_not_listen_for_kills_it() -> anyhow::Result<()> {
    use std::os::unix::process::ExitStatusExt as _;

    let program = listening()?;
    program.signal(Signal::ALARM)?;
    assert_eq!(program.finish()?.status.signal(), Some(Signal::ALARM.as_raw()));
    Ok(())
}
