//! The same through channels from thread to thread.

use std::thread;

use tokio::sync::mpsc;
use tokio::task::yield_now;

use super::{BURST, Note, Subject, figures};
use crate::case::threads::{Clocks, Times};
use crate::others::on_tokio;

pub(super) const SUBJECTS: &[Subject] = &[
    Subject::new("tokio mpsc", |size| figures(size.operations, tokio_mpsc(size.operations)?)),
    Subject::new("tokio mpsc, bounded", |size| figures(size.operations, tokio_bounded(size.operations)?)),
];

/// Through an unbounded channel, from one single-threaded tokio runtime to another.
fn tokio_mpsc(messages: u64) -> anyhow::Result<Times> {
    let (sender, mut notes) = mpsc::unbounded_channel();
    let clocks = Clocks::start();
    thread::spawn(move || {
        on_tokio(async move {
            for first in (0..messages).step_by(BURST as usize) {
                (first..first + BURST).try_for_each(|n| sender.send(Note(n)))?;
                yield_now().await;
            }
            Ok(())
        })
    });
    on_tokio(async move {
        while let Some(Note(n)) = notes.recv().await {
            if n == messages - 1 {
                break;
            }
        }
        Ok(clocks.elapsed())
    })
}

/// Through a channel with as much room as a link: its window, plus what may wait before the link reports that it is
/// full.
fn tokio_bounded(messages: u64) -> anyhow::Result<Times> {
    let (sender, mut notes) = mpsc::channel(4_096 + 8_192);
    let clocks = Clocks::start();
    thread::spawn(move || {
        on_tokio(async move {
            for n in 0..messages {
                sender.send(Note(n)).await?;
            }
            Ok(())
        })
    });
    on_tokio(async move {
        while let Some(Note(n)) = notes.recv().await {
            if n == messages - 1 {
                break;
            }
        }
        Ok(clocks.elapsed())
    })
}
