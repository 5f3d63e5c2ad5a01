//! Messages through a dataspace, and calls of closures in a map.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use syndicate::actor::{Activation, ActorResult, Cap};

use super::{BURST, Note, Subject, WARM_UP, figures, key};
use crate::clock::Stopwatch;
use crate::dataspace::{self, OnText};

pub(super) const SUBJECTS: &[Subject] = &[
    Subject::new("syndicate", |size| figures(size, syndicate(size.value, size.operations)?))
        .up_to(100_000)
        .uncounted(),
    Subject::new("std HashMap", |size| figures(size, hash_map(size.value, size.operations)?)),
];

/// By how much the number of messages is divided, because they take much longer.
const SLOWER: u64 = 10;

/// The dataspace and the receiver are in one actor, and the sender is in another.
fn syndicate(endpoints: u64, messages: u64) -> anyhow::Result<Duration> {
    let time = dataspace::told(move |t, dataspace, tell| {
        let (mut watch, mut count) = (Stopwatch::start(), 0);
        let receiver = t.create_anycap(OnText(move |_: &mut Activation, _| {
            count += 1;
            if count == WARM_UP / SLOWER {
                watch = Stopwatch::start();
            }
            if count == (WARM_UP + messages) / SLOWER {
                let _ = tell.send(watch.elapsed());
            }
        }));
        for to in 0..endpoints {
            dataspace::observe(t, &dataspace, Some(to), Arc::clone(&receiver));
        }
        t.spawn(None, move |t| send_notes_from(t, dataspace, 0, endpoints, messages));
        Ok(())
    })?;
    Ok(time * SLOWER as u32)
}

fn send_notes_from(
    t: &mut Activation,
    dataspace: Arc<Cap>,
    first: u64,
    endpoints: u64,
    messages: u64,
) -> ActorResult {
    for n in first..first + BURST {
        dataspace.message(t, &dataspace::note(key(n, endpoints), n));
    }
    if first + BURST < (WARM_UP + messages) / SLOWER {
        t.after(Duration::ZERO, move |t| send_notes_from(t, dataspace, first + BURST, endpoints, messages));
    }
    Ok(())
}

fn hash_map(endpoints: u64, messages: u64) -> anyhow::Result<Duration> {
    type Handler = Box<dyn FnMut(&mut u64, &Note)>;

    let mut handlers: HashMap<u64, Vec<Handler>> = HashMap::new();
    for to in 0..endpoints {
        handlers.entry(to).or_default().push(Box::new(move |count, note| {
            *count += 1;
            assert!(note.to == to && note.text < WARM_UP + messages);
        }));
    }
    let mut count = 0;
    let mut watch = Stopwatch::start();
    for n in 0..WARM_UP + messages {
        if n == WARM_UP {
            watch = Stopwatch::start();
        }
        let note = Note { to: key(n, endpoints), text: n };
        for handler in handlers.get_mut(&note.to).into_iter().flatten() {
            handler(&mut count, &note);
        }
    }
    let time = watch.elapsed();
    assert_eq!(count, WARM_UP + messages, "each message was received");
    Ok(time)
}
