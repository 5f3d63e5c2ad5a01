//! Shared by the tests: a program that the test advances, and processes that record the events that they receive.

use std::sync::{Arc, Mutex, PoisonError};

use marketplace_core::{EventSource, Ground, Spawn};
use marketplace_testing::{Feed, TestProgram};

/// The lines that the processes of a program record.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn add(&self, line: impl ToString) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_string());
    }

    /// The lines since the last call, in the order in which they were recorded.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same, sorted, because the order of processes in several VMs is not fixed.
    pub(crate) fn take_sorted(&self) -> Vec<String> {
        let mut lines = self.take();
        lines.sort();
        lines
    }
}

/// A program that has run until nothing is left to do.
pub(crate) fn program(processes: impl IntoIterator<Item = Spawn>) -> TestProgram {
    TestProgram::by_hand(processes.into_iter().fold(Ground::new(), Ground::spawn))
}

/// Emits a word from the source, and runs the program until nothing is left to do.
pub(crate) fn say(
    word: &'static str,
    words: &Feed<&'static str>,
    program: &TestProgram,
) -> anyhow::Result<()> {
    words.send(word)?;
    program.settle();
    Ok(())
}

/// A process that records the events of a source, until it receives its own name.
pub(crate) fn listener(log: &Log, who: &'static str, source: &EventSource) -> Spawn {
    let (events, presences, absences, source) = (log.clone(), log.clone(), log.clone(), source.clone());
    Spawn::new((), move |(), cx| {
        cx.on_event(&source, move |(), cx, word: &&str| {
            events.add(format_args!("{who}: {word}"));
            if *word == who {
                cx.quit();
            }
        })
        .on_presence(move |(), _, _| presences.add(format_args!("{who} +")))
        .on_absence(move |(), _, _, reason| absences.add(format_args!("{who} -, {reason}")));
    })
}
