//! What the tests share: a program that is moved by hand, and processes that write down what they hear.

use std::sync::{Arc, Mutex, PoisonError};

use marketplace_core::{EventSource, Ground, Spawn};
use marketplace_testing::{Feed, TestProgram};

/// The lines that the processes of a program write.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn add(&self, line: impl ToString) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_string());
    }

    /// The lines since this was asked for last, as they were written.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same, sorted: of processes in several VMs none is first.
    pub(crate) fn take_sorted(&self) -> Vec<String> {
        let mut lines = self.take();
        lines.sort();
        lines
    }
}

/// A program that has come to rest.
pub(crate) fn program(processes: impl IntoIterator<Item = Spawn>) -> TestProgram {
    TestProgram::by_hand(processes.into_iter().fold(Ground::new(), Ground::spawn))
}

/// Has a source say a word, and everything come to rest.
pub(crate) fn say(
    word: &'static str,
    words: &Feed<&'static str>,
    program: &TestProgram,
) -> anyhow::Result<()> {
    words.send(word)?;
    program.settle();
    Ok(())
}

/// Writes down what it hears of a source, until it hears its own name.
pub(crate) fn listener(log: &Log, who: &'static str, source: &EventSource) -> Spawn {
    let (hears, arrives, departs, source) = (log.clone(), log.clone(), log.clone(), source.clone());
    Spawn::new((), move |(), cx| {
        cx.on_event(&source, move |(), cx, word: &&str| {
            hears.add(format_args!("{who}: {word}"));
            if *word == who {
                cx.quit();
            }
        })
        .on_presence(move |(), _, _| arrives.add(format_args!("{who} +")))
        .on_absence(move |(), _, _, reason| departs.add(format_args!("{who} -, {reason}")));
    })
}
