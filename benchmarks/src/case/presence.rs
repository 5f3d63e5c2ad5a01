//! A visitor is added and removed, and an observer receives both events, while many others stay present.

#[cfg_attr(not(feature = "others"), path = "nobody.rs")]
mod others;

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use marketplace_core::{Context, Message, Spawn, topic};

use super::{Case, Counted, Counting, Size, Subject, Tool};
use crate::clock::Stopwatch;
use crate::figure::Figure;
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "presence",
    about: "a visitor is added and removed, seen by one observer, beside others that stay",
    parameter: "others",
    values: &[10, 100, 1_000, 10_000, 100_000, 1_000_000],
    rounds: 5,
    operations: |_| 64 * 2_000,
    counting: Some(Counting::of_process("visit", &[Counted::at(1_000, 64 * 80, &[Tool::Callgrind])])),
    ours: &[Subject::new("marketplace", |size| figures(size, marketplace(size.value, size.operations)?))],
    others: others::SUBJECTS,
};

const BURST: u64 = 64;
/// How many visits there are before the timing begins. Adding many others leaves the allocator with work to do.
const WARM_UP: u64 = 64 * 200;

fn figures(size: Size, time: Duration) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![Figure::nanoseconds_each("visit", size.operations, time)])
}

#[derive(Debug, Message)]
struct Visit {
    visitor: u64,
}

struct Visitor {
    visits: u64,
    watch: Stopwatch,
    tell: Sender<Duration>,
}

impl Visitor {
    fn visit_from(&mut self, cx: &mut Context<'_, Self>, first: u64) {
        if first == WARM_UP {
            self.watch = Stopwatch::start();
        }
        if first == WARM_UP + self.visits {
            // All visits before the yield have ended, and the observer has seen them.
            let _ = self.tell.send(self.watch.elapsed());
            return cx.quit();
        }
        for _ in first..first + BURST {
            let endpoint = cx.publisher(topic!(Visit { visitor: u64::MAX })).name();
            cx.delete(endpoint);
        }
        cx.yield_then(move |visitor, cx| visitor.visit_from(cx, first + BURST));
    }
}

fn marketplace(others: u64, visits: u64) -> anyhow::Result<Duration> {
    let (end, ended) = channel();
    let time = ours::told(|tell| {
        let residents = Spawn::new((), move |(), cx| {
            (0..others).for_each(|visitor| drop(cx.publisher(topic!(Visit { visitor }))));
        });
        let observer = Spawn::new((0, 0), move |_, cx| {
            cx.observe_publishers(topic!(Visit { visitor: _ }))
                .on_presence(|(came, _), _, _| *came += 1)
                .on_absence(move |(came, went), _, _, _| {
                    *went += 1;
                    if *went == WARM_UP + visits {
                        end.send(*came - others)?;
                    }
                    Ok(())
                })
                .on_settled(move |_, cx, _| {
                    // The others are present by now.
                    let visitor = Visitor { visits, watch: Stopwatch::start(), tell: tell.clone() };
                    cx.spawn(Spawn::new(visitor, |visitor, cx| visitor.visit_from(cx, 0)));
                });
        });
        vec![residents, observer]
    })?;
    assert_eq!(ended.recv()?, WARM_UP + visits, "each visit was seen");
    Ok(time)
}
