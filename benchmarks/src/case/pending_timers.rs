//! Timers that expire in an hour: the memory they use, and what it costs to set and cancel one more.

#[cfg_attr(not(feature = "others"), path = "nobody.rs")]
mod others;

use std::process;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use driver_timer::{CancelTimer, SetTimer, TimerExpired, timer_driver};
use marketplace_core::{Context, Ground, Spawn, topic};

use super::{Case, FIXED, Subject};
use crate::clock::{Stopwatch, private_memory};
use crate::figure::Figure;

pub(crate) const CASE: Case = Case {
    name: "pending-timers",
    about: "timers that expire in an hour, and other timers that are set and cancelled among them",
    parameter: "timers",
    values: &[1_000_000],
    rounds: 3,
    operations: FIXED,
    counting: None,
    ours: &[Subject::new("marketplace", |size| figures(size.value, marketplace(size.value)?))],
    others: others::SUBJECTS,
};

const FAR_OFF: Duration = Duration::from_secs(3_600);
const CANCELLED: u64 = 64 * 3_000;
const BURST: u64 = 64;

/// The memory of the pending timers, and the time to set and cancel others.
type Found = (u64, Duration);

fn figures(timers: u64, (memory, cancelling): Found) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![
        Figure::less("memory", "bytes", memory as f64 / timers as f64),
        Figure::nanoseconds_each("set and cancel", CANCELLED, cancelling),
    ])
}

/// The delay of the nth timer. Timers do not expire in the order in which they are set.
const fn delay(n: u64) -> Duration {
    let mixed = (n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    FAR_OFF.saturating_add(Duration::from_millis(mixed >> 42))
}

fn own_memory() -> anyhow::Result<u64> {
    private_memory(process::id())
}

struct Setter {
    before: u64,
    taken: u64,
    watch: Stopwatch,
    tell: Sender<Found>,
}

impl Setter {
    fn set_from(&mut self, cx: &mut Context<'_, Self>, first: u64, timers: u64) {
        (first..timers.min(first + BURST)).for_each(|n| cx.send(SetTimer::after(n, delay(n))));
        cx.yield_then(move |setter, cx| {
            if first + BURST < timers {
                setter.set_from(cx, first + BURST, timers);
            } else {
                setter.taken = own_memory()? - setter.before;
                setter.watch = Stopwatch::start();
                setter.cancel_from(cx, 0, timers);
            }
            Ok(())
        });
    }

    fn cancel_from(&mut self, cx: &mut Context<'_, Self>, first: u64, timers: u64) {
        if first == CANCELLED {
            let _ = self.tell.send((self.taken, self.watch.elapsed()));
            return cx.quit();
        }
        for n in timers + first..timers + first + BURST {
            cx.send(SetTimer::after(n, delay(n)));
            cx.send(CancelTimer::new(n));
        }
        cx.yield_then(move |setter, cx| setter.cancel_from(cx, first + BURST, timers));
    }
}

fn marketplace(timers: u64) -> anyhow::Result<Found> {
    let (tell, told) = channel();
    let setter = Setter { before: own_memory()?, taken: 0, watch: Stopwatch::start(), tell };
    let setter = Spawn::new(setter, move |_, cx| {
        cx.subscriber(topic!(TimerExpired { .. })).on_message(|_, _, _| {});
        cx.publisher(topic!(SetTimer { .. }))
            .on_presence(move |setter: &mut Setter, cx, _| setter.set_from(cx, 0, timers));
    });
    let ground = Ground::new().spawn(timer_driver()).main(setter);
    async_std::task::block_on(ground.run())?;
    Ok(told.recv()?)
}
