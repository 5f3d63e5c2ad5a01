//! What is asked of each subject. One file says it, so that all are asked the same.

use std::time::{Duration, Instant};

use anyhow::bail;
use rustix::process::Signal;

use crate::Far;
use crate::figure::Figure;

/// The end that asks. All of it blocks; the answers come from other threads, which is so for all subjects.
pub(crate) trait Near {
    /// Waits until the other program is there.
    fn meet(&mut self) -> anyhow::Result<()>;

    /// Sends a message of 64 bytes, which is answered by one, and waits for the answer.
    fn there_and_back(&mut self) -> anyhow::Result<()>;

    /// Sends so many messages of 64 bytes, and waits until the other program says that it has had all.
    fn flood(&mut self, messages: u64) -> anyhow::Result<()>;

    /// Is present with a number, which the other program answers by a presence, and waits until that is seen.
    fn appear(&mut self, number: u64) -> anyhow::Result<()>;

    /// Goes, on which the answer goes, and waits until that is seen.
    fn disappear(&mut self, number: u64) -> anyhow::Result<()>;

    /// Has the other program be present so many times, each a conversation of its own, and waits until all are seen.
    fn fill(&mut self, count: u64) -> anyhow::Result<()>;

    /// Waits until all of these are seen to have gone.
    fn gone(&mut self, count: u64) -> anyhow::Result<()>;
}

/// How often something is done before it is timed.
const WARM_UP: u64 = 200;

pub(crate) fn ask(
    question: &str,
    count: u64,
    near: &mut dyn Near,
    far: &mut Far,
) -> anyhow::Result<Vec<Figure>> {
    match question {
        "messages" => messages(count, near),
        "presence" => presence(count, near, far),
        "silence" => silence(count, near, far),
        question => bail!("there is no question `{question}`"),
    }
}

/// How long a message takes, and how many there are in a second.
fn messages(count: u64, near: &mut dyn Near) -> anyhow::Result<Vec<Figure>> {
    (0..WARM_UP).try_for_each(|_| near.there_and_back())?;
    let mut times =
        (0..2_000).map(|_| timed(|| near.there_and_back())).collect::<anyhow::Result<Vec<_>>>()?;
    times.sort_unstable();
    let all = timed(|| near.flood(count))?;
    Ok(vec![
        microseconds("there and back, median", times[times.len() / 2]),
        microseconds("there and back, the slowest of 100", times[times.len() * 99 / 100]),
        Figure::more("one way", "thousand/s", count as f64 / all.as_secs_f64() / 1e3),
    ])
}

/// How long it takes to be seen, to see many, and to see that they have gone, as their program is killed.
fn presence(count: u64, near: &mut dyn Near, far: &mut Far) -> anyhow::Result<Vec<Figure>> {
    let mut times = Vec::new();
    for number in 0..WARM_UP + 500 {
        times.push(timed(|| near.appear(number))?);
        near.disappear(number)?;
    }
    let times = &mut times[WARM_UP as usize..];
    times.sort_unstable();
    let filled = timed(|| near.fill(count))?;
    let gone = timed(|| far.signal(Signal::KILL).and_then(|()| near.gone(count)))?;
    Ok(vec![
        microseconds("seen there and back, median", times[times.len() / 2]),
        milliseconds("all seen", filled),
        milliseconds("all gone", gone),
    ])
}

/// How long it takes to see that many have gone, as their program stands still.
fn silence(count: u64, near: &mut dyn Near, far: &mut Far) -> anyhow::Result<Vec<Figure>> {
    near.fill(count)?;
    let gone = timed(|| far.signal(Signal::STOP).and_then(|()| near.gone(count)))?;
    Ok(vec![milliseconds("all gone", gone)])
}

fn timed(action: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<Duration> {
    let start = Instant::now();
    action()?;
    Ok(start.elapsed())
}

fn microseconds(what: &str, time: Duration) -> Figure {
    Figure::less(what, "µs", time.as_secs_f64() * 1e6)
}

fn milliseconds(what: &str, time: Duration) -> Figure {
    Figure::less(what, "ms", time.as_secs_f64() * 1e3)
}
