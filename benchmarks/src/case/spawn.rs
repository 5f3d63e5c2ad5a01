//! A process is created and quits at once.

#[cfg_attr(not(feature = "others"), path = "nobody.rs")]
mod others;

use std::sync::mpsc::Sender;
use std::time::Duration;

use marketplace_core::{Context, Spawn};

use super::{Case, Counted, Counting, Size, Subject, Tool};
use crate::clock::Stopwatch;
use crate::figure::Figure;
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "spawn",
    about: "a process is created and quits",
    parameter: "",
    values: &[0],
    rounds: 7,
    operations: |_| 64 * 3_000,
    counting: Some(Counting::of_process("process", &[Counted::at(0, 64 * 80, &[Tool::Callgrind])])),
    ours: &[Subject::new("marketplace", |size| figures(size, marketplace(size.operations)?))],
    others: others::SUBJECTS,
};

const BURST: u64 = 64;

fn figures(size: Size, time: Duration) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![Figure::nanoseconds_each("process", size.operations, time)])
}

fn marketplace(processes: u64) -> anyhow::Result<Duration> {
    type Parent = (Stopwatch, Sender<Duration>);

    fn spawn_from(parent: &mut Parent, cx: &mut Context<'_, Parent>, first: u64, end: u64) {
        if first == end {
            let _ = parent.1.send(parent.0.elapsed());
            return;
        }
        (0..BURST).for_each(|_| cx.spawn(Spawn::new((), |(), cx| cx.quit())));
        cx.yield_then(move |parent, cx| spawn_from(parent, cx, first + BURST, end));
    }

    ours::told(|tell| {
        let parent = (Stopwatch::start(), tell);
        vec![Spawn::new(parent, move |parent, cx| spawn_from(parent, cx, 0, processes))]
    })
}
