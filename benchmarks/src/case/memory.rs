//! The memory of an idle process that can receive a message.

#[cfg_attr(not(feature = "others"), path = "nobody.rs")]
mod others;

use std::sync::mpsc::Sender;

use marketplace_core::{Context, Message, Spawn, topic};

use super::{Case, FIXED, Subject};
use crate::clock::private_memory;
use crate::figure::Figure;
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "memory",
    about: "idle processes, each with one endpoint with a key of its own, or with a mailbox",
    parameter: "processes",
    values: &[100_000],
    rounds: 3,
    operations: FIXED,
    counting: None,
    ours: &[Subject::new("marketplace", |size| figures(size.value, marketplace(size.value)?))],
    others: others::SUBJECTS,
};

/// How many of our processes are spawned in a turn: so few that the pending actions take hardly any memory.
const BURST: u64 = 64;

fn figures(processes: u64, bytes: u64) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![Figure::less("memory", "bytes", bytes as f64 / processes as f64)])
}

fn own_memory() -> anyhow::Result<u64> {
    private_memory(std::process::id())
}

fn marketplace(processes: u64) -> anyhow::Result<u64> {
    #[derive(Debug, Message)]
    struct Note {
        to: u64,
    }

    fn idle(to: u64) -> Spawn {
        Spawn::new((), move |(), cx| {
            cx.subscriber(topic!(Note { to })).on_message(|(), _, _| {});
        })
    }

    fn spawn_from(cx: &mut Context<'_, Sender<u64>>, first: u64, end: u64) {
        (first..end.min(first + BURST)).for_each(|to| cx.spawn(idle(to)));
        cx.yield_then(move |tell, cx| {
            if first < end {
                spawn_from(cx, first + BURST, end);
            } else {
                tell.send(own_memory()?)?;
            }
            Ok(())
        });
    }

    let before = own_memory()?;
    let after = ours::told(|tell| vec![Spawn::new(tell, move |_, cx| spawn_from(cx, 0, processes))])?;
    Ok(after - before)
}
