//! The driver: it sees which files are wanted, and has each served by a process.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use marketplace_core::{Context, Message, Pattern, Spawn, Stopping, Value, topic};

use crate::journal::journal;
use crate::message::Entry;

/// The files that are wanted, and those that are still being closed.
///
/// Kept here and not by a `DemandMatcher`, which would kill a file's process, and with it what that has still to write.
struct Driver {
    folder: PathBuf,
    files: HashMap<Arc<str>, Stage>,
}

/// How far it is with a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It is wanted, and has a process.
    Served,
    /// It is wanted no more, unless somebody comes in the same turn.
    Left,
    /// It is wanted no more, and its process finishes.
    Closing,
    /// It is wanted anew, while the process that it had finishes.
    Awaited,
    /// It is wanted, and its process has ended all the same: another try needs new demand.
    Failed,
}

/// Published by the driver for each file's process: it finishes once its publisher is gone, because nobody wants the file
/// any more, the program stops, or the driver itself is no more.
#[derive(Debug, Message)]
pub(crate) struct Wanted {
    /// One for each process.
    process: Value,
}

/// The driver's process: it appends entries to files in `folder`, each of which is open while somebody publishes entries
/// for it.
#[must_use]
pub fn journal_driver(folder: impl Into<PathBuf>) -> Spawn {
    let driver = Driver { folder: folder.into(), files: HashMap::new() };
    Spawn::new(driver, |_, cx| {
        cx.observe_publishers(topic!(Entry { .. }))
            .on_arrival(|driver: &mut Driver, cx, writer| {
                if let Some(file) = writer.conversation.file.value() {
                    driver.arrive(cx, file);
                }
            })
            .on_departure(|driver, cx, writer, _| {
                if let Some(file) = writer.conversation.file.value() {
                    driver.depart(cx, file);
                }
            });
        // A round later, so that what others send at the word of a stop is still taken.
        cx.observe_publishers(topic!(Stopping { .. }))
            .on_presence(|_, cx, _| cx.yield_then(|_, cx| cx.quit()));
    })
    .named("journal driver")
}

impl Driver {
    /// The first writer of a file has come.
    fn arrive(&mut self, cx: &mut Context<'_, Self>, file: Arc<str>) {
        match self.files.get_mut(&file) {
            Some(stage @ Stage::Left) => *stage = Stage::Served,
            Some(stage) => *stage = Stage::Awaited,
            None => self.serve(cx, file),
        }
    }

    /// The last writer of a file has gone.
    fn depart(&mut self, cx: &mut Context<'_, Self>, file: Arc<str>) {
        match self.files.get_mut(&file) {
            Some(stage @ Stage::Served) => {
                *stage = Stage::Left;
                // A writer that leaves and comes again in one turn has nothing closed.
                cx.yield_then(move |driver, cx| driver.release(cx, file));
            }
            Some(stage @ Stage::Awaited) => *stage = Stage::Closing,
            _ => drop(self.files.remove(&file)),
        }
    }

    fn serve(&mut self, cx: &mut Context<'_, Self>, file: Arc<str>) {
        let wanted = topic!(Wanted { process: Value::unique(file.clone()) });
        cx.publisher(wanted.clone()).named(file.clone());
        let served = file.clone();
        cx.spawn_monitored(
            journal(&self.folder, file.clone(), wanted),
            |_, _, _| {},
            move |driver: &mut Self, cx, _, _| driver.ended(cx, served),
        );
        self.files.insert(file, Stage::Served);
    }

    /// Has the process of a file finish, if nobody has come meanwhile.
    fn release(&mut self, cx: &mut Context<'_, Self>, file: Arc<str>) {
        if let Some(stage @ Stage::Left) = self.files.get_mut(&file) {
            *stage = Stage::Closing;
            cx.delete(file);
        }
    }

    /// The process of a file has ended.
    fn ended(&mut self, cx: &mut Context<'_, Self>, file: Arc<str>) {
        cx.delete(file.clone());
        match self.files.get_mut(&file) {
            Some(Stage::Awaited) => self.serve(cx, file),
            Some(stage @ Stage::Served) => *stage = Stage::Failed,
            _ => drop(self.files.remove(&file)),
        }
    }
}
