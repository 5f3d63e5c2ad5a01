//! `ticker` prints the time every second.

use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use rustix::process::Signal;

use crate::support::{Program, TICKER, program};

/// The time in a line, in seconds.
fn time(line: &str) -> anyhow::Result<u64> {
    Ok(line.strip_suffix(" s since 1970").with_context(|| line.to_owned())?.parse()?)
}

fn now() -> anyhow::Result<Duration> {
    Ok(SystemTime::UNIX_EPOCH.elapsed()?)
}

#[test]
fn it_prints_the_time_as_often_as_it_should_a_second_apart() -> anyhow::Result<()> {
    let before = now()?;
    let finished = Program::start(program(TICKER).args(["--times", "2"]))?.finish()?;
    let after = now()?;
    assert!(finished.status.success());
    assert_eq!(finished.errors, "");
    let times = finished.output.lines().map(time).collect::<anyhow::Result<Vec<_>>>()?;
    let [first, second] = times[..] else { anyhow::bail!("two times, not {times:?}") };
    assert!(before.as_secs() <= first && first < second && second <= after.as_secs(), "{times:?}");
    Ok(())
}

#[test]
fn a_count_of_zero_is_refused() -> anyhow::Result<()> {
    let finished = Program::start(program(TICKER).args(["--times", "0"]))?.finish()?;
    assert_eq!(finished.status.code(), Some(2));
    assert_eq!(finished.output, "");
    assert!(finished.errors.starts_with("error: invalid value '0' for '--times"), "{}", finished.errors);
    Ok(())
}

#[test]
fn it_goes_on_until_a_signal_ends_it() -> anyhow::Result<()> {
    for signal in [Signal::TERM, Signal::INT] {
        let ticker = Program::start(&mut program(TICKER))?;
        let (first, second) = (ticker.line()?, ticker.line()?);
        assert!(time(first.trim_end())? < time(second.trim_end())?);
        ticker.signal(signal)?;
        let finished = ticker.finish()?;
        assert!(finished.status.success());
        assert_eq!(finished.errors, "");
    }
    Ok(())
}
