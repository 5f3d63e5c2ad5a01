//! Messages one way to one process. The sender sends 64 messages in each of its turns.

#[cfg_attr(not(feature = "others"), path = "nobody.rs")]
mod others;

use std::time::Duration;

use marketplace_core::{Context, Message, Spawn, topic};

use super::{Case, Counted, Counting, Size, Subject, Tool};
use crate::clock::Stopwatch;
use crate::figure::Figure;
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "flood",
    about: "messages one way to one process",
    parameter: "",
    values: &[0],
    rounds: 7,
    operations: |_| 64 * 40_000,
    counting: Some(Counting::of_process("message", &[Counted::at(0, 64 * 200, &[Tool::Callgrind])])),
    ours: &[Subject::new("marketplace", |size| figures(size, marketplace(size.operations)?))],
    others: others::SUBJECTS,
};

const BURST: u64 = 64;

fn figures(size: Size, time: Duration) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![Figure::millions_a_second("messages", size.operations, time)])
}

fn marketplace(messages: u64) -> anyhow::Result<Duration> {
    #[derive(Debug, Message)]
    struct Note(u64);

    fn send_from(cx: &mut Context<'_, ()>, first: u64, messages: u64) {
        if first < messages {
            (first..first + BURST).for_each(|n| cx.send(Note(n)));
            cx.yield_then(move |(), cx| send_from(cx, first + BURST, messages));
        }
    }

    ours::told(|tell| {
        let receiver = Spawn::new(Stopwatch::start(), move |_, cx| {
            cx.subscriber(topic!(Note(_))).on_message(move |watch, cx, Note(n)| {
                if *n == messages - 1 {
                    tell.send(watch.elapsed())?;
                    cx.quit();
                }
                Ok(())
            });
        });
        vec![receiver, Spawn::new((), move |(), cx| send_from(cx, 0, messages))]
    })
}
