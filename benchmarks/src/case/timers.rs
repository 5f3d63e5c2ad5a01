//! Many timers for random times within two seconds: how late they are, and what they cost.

#[cfg_attr(not(feature = "others"), path = "nobody.rs")]
mod others;

use std::collections::HashMap;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use driver_timer::{SetTimer, TimerExpired, timer_driver};
use marketplace_core::{Context, Ground, Spawn, Value, topic};

use super::{Case, Counted, Counting, Size, Subject, Tool};
use crate::clock::Stopwatch;
use crate::figure::Figure;

pub(crate) const CASE: Case = Case {
    name: "timers",
    about: "timers set at once, for random times within two seconds",
    parameter: "timers",
    values: &[10_000, 100_000, 1_000_000],
    rounds: 3,
    operations: |timers| timers,
    counting: Some(Counting::of_process(
        "timer",
        &[Counted::at(10_000, 10_000, &[Tool::Callgrind]).unchecked()],
    )),
    ours: &[Subject::new("marketplace", |size| figures(size, marketplace))],
    others: others::SUBJECTS,
};

/// The longest delay of a timer, in nanoseconds.
const LATEST: u64 = 2_000_000_000;

/// How many timers are set in a turn.
const BURST: u64 = 64;

/// The delay of the nth timer.
const fn delay(n: u64) -> Duration {
    let mixed = (n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    Duration::from_nanos((mixed ^ (mixed >> 32)) % LATEST)
}

fn figures(
    Size { operations: timers, .. }: Size,
    run: impl FnOnce(u64) -> anyhow::Result<Vec<Duration>>,
) -> anyhow::Result<Vec<Figure>> {
    let watch = Stopwatch::start();
    let mut lateness = run(timers)?;
    let processor = watch.elapsed();
    lateness.sort_unstable();
    let p99 = lateness[lateness.len() * 99 / 100];
    Ok(vec![
        Figure::nanoseconds_each("processor time per timer", timers, processor),
        Figure::less("lateness, p99", "µs", p99.as_secs_f64() * 1e6),
    ])
}

struct Setter {
    deadlines: HashMap<Value, Instant>,
    lateness: Vec<Duration>,
    tell: Sender<Vec<Duration>>,
}

impl Setter {
    fn set_from(&mut self, cx: &mut Context<'_, Self>, first: u64, timers: u64) {
        for n in first..timers.min(first + BURST) {
            self.deadlines.insert(n.into(), Instant::now() + delay(n));
            cx.send(SetTimer::after(n, delay(n)));
        }
        if first + BURST < timers {
            cx.yield_then(move |setter, cx| setter.set_from(cx, first + BURST, timers));
        }
    }
}

fn marketplace(timers: u64) -> anyhow::Result<Vec<Duration>> {
    let (tell, told) = std::sync::mpsc::channel();
    let setter = Setter { deadlines: HashMap::new(), lateness: Vec::new(), tell };
    let setter = Spawn::new(setter, move |_, cx| {
        cx.subscriber(topic!(TimerExpired { .. })).on_message(move |setter: &mut Setter, cx, expired| {
            let deadline = setter.deadlines.remove(&expired.label).context("not our timer")?;
            setter.lateness.push(deadline.elapsed());
            if setter.lateness.len() as u64 == timers {
                setter.tell.send(std::mem::take(&mut setter.lateness))?;
                cx.quit();
            }
            Ok(())
        });
        cx.publisher(topic!(SetTimer { .. }))
            .on_presence(move |setter: &mut Setter, cx, _| setter.set_from(cx, 0, timers));
    });
    let ground = Ground::new().spawn(timer_driver()).main(setter);
    async_std::task::block_on(ground.run())?;
    Ok(told.recv()?)
}
