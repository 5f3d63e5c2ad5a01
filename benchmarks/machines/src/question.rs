//! What is measured. All subjects share this file, so that the measurements are the same for all of them.

use std::time::{Duration, Instant};

use anyhow::bail;
use rustix::process::Signal;

use crate::Far;
use crate::figure::Figure;

/// The near end, which measures. All methods block. For all subjects, the answers arrive on other threads.
pub(crate) trait Near {
    /// Waits until the other program is connected.
    fn meet(&mut self) -> anyhow::Result<()>;

    /// Sends a message of 64 bytes, which the other program answers with a message, and waits for the answer.
    fn there_and_back(&mut self) -> anyhow::Result<()>;

    /// Sends `messages` messages of 64 bytes, and waits until the other program reports that it has received all of
    /// them.
    fn flood(&mut self, messages: u64) -> anyhow::Result<()>;

    /// Becomes present with a number, which the other program answers with a presence, and waits for that presence.
    fn appear(&mut self, number: u64) -> anyhow::Result<()>;

    /// Ends that presence, whereupon the other program ends its own, and waits for that absence.
    fn disappear(&mut self, number: u64) -> anyhow::Result<()>;

    /// Makes the other program present in `count` conversations, and waits until all these presences are seen.
    fn fill(&mut self, count: u64) -> anyhow::Result<()>;

    /// Waits for the absence in all `count` conversations.
    fn gone(&mut self, count: u64) -> anyhow::Result<()>;
}

/// How often an operation is done before it is timed.
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

/// How long a message takes, and how many messages there are in a second.
fn messages(count: u64, near: &mut dyn Near) -> anyhow::Result<Vec<Figure>> {
    (0..WARM_UP).try_for_each(|_| near.there_and_back())?;
    let mut times =
        (0..2_000).map(|_| timed(|| near.there_and_back())).collect::<anyhow::Result<Vec<_>>>()?;
    times.sort_unstable();
    let all = timed(|| near.flood(count))?;
    Ok(vec![
        microseconds("there and back, median", times[times.len() / 2]),
        microseconds("there and back, p99", times[times.len() * 99 / 100]),
        Figure::more("one way", "thousand/s", count as f64 / all.as_secs_f64() / 1e3),
    ])
}

/// How long one presence and its answer take, how long many presences take, and how long their absences take after
/// their program is killed.
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

/// How long the absences of many take after their program stands still.
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
