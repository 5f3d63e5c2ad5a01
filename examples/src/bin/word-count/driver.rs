//! A driver for standard input: the one that `docs/writing-a-driver.md` builds step by step.

use std::io;
use std::thread;

use anyhow::anyhow;
use futures::channel::mpsc;
use futures::executor::block_on;
use futures::{SinkExt, Stream, StreamExt, stream};
use marketplace_core::{DemandMatcher, EventSource, Message, Spawn, Stopping, topic};

/// A line of standard input.
///
/// Its publisher is there while there may be more of them, and goes when the input ends or cannot be read.
#[derive(Debug, Message)]
pub(crate) struct Line {
    /// Counts from 1.
    pub(crate) number: u64,
    /// The line without its end; never matched on.
    #[message(skip)]
    pub(crate) text: String,
}

/// Reads standard input while somebody subscribes to [`Line`]s.
///
/// Once the last subscriber is gone, it is not read again.
pub(crate) fn line_driver() -> Spawn {
    line_driver_for(EventSource::once("standard input", stream::once(async { lines() }).flatten()))
}

fn line_driver_for(source: EventSource) -> Spawn {
    let readers = DemandMatcher::new(move |()| Some(reader(source.clone())));
    Spawn::new((), move |(), cx| {
        cx.observe_subscribers(topic!(Line { .. })).match_demand(&readers, |_| Some(()));
    })
    .named("line driver")
}

/// Offers what the source yields.
fn reader(source: EventSource) -> Spawn {
    Spawn::new(0, move |_, cx| {
        cx.publisher(topic!(Line { .. }));
        cx.on_event(&source, |number, cx, line: &io::Result<String>| match line {
            Ok(text) => {
                *number += 1;
                cx.send(Line { number: *number, text: text.clone() });
                Ok(())
            }
            Err(error) => Err(anyhow!("cannot read standard input: {error}")),
        })
        .on_absence(|_, cx, _, reason| cx.quit_because(reason.clone()));
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|_, cx, _| cx.quit());
    })
    .named("line reader")
}

/// The lines of standard input, read on a thread that waits while they are not wanted.
fn lines() -> impl Stream<Item = io::Result<String>> {
    let (mut sender, receiver) = mpsc::channel(16);
    thread::spawn(move || {
        for line in io::stdin().lines() {
            if block_on(sender.send(line)).is_err() {
                break;
            }
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use marketplace_core::Ground;

    use super::*;

    #[test]
    fn lines_are_numbered_and_their_end_is_an_absence() -> anyhow::Result<()> {
        let (log, told) = channel();
        let lines = ["one", "two"].map(|line| io::Result::Ok(line.to_owned()));
        let source = EventSource::once("two lines", stream::iter(lines));
        let listener = Spawn::new(log, |_, cx| {
            cx.subscriber(topic!(Line { .. }))
                .on_message(|log, _, line| Ok(log.send(format!("{} {}", line.number, line.text))?))
                .on_absence(|log, cx, _, reason| {
                    cx.quit();
                    Ok(log.send(format!("the end: {reason}"))?)
                });
        });
        block_on(Ground::new().spawn(line_driver_for(source)).main(listener).run())?;
        assert_eq!(told.try_iter().collect::<Vec<_>>(), ["1 one", "2 two", "the end: normal"]);
        Ok(())
    }
}
