//! A program that is run by hand, until it waits for something outside.

use std::sync::{Arc, Mutex, PoisonError};

use futures::channel::mpsc;
use futures::executor::LocalPool;
use futures::future::FutureExt;
use futures::task::LocalSpawnExt;
use marketplace_core::{EventSource, Ground, Handle, Spawn};

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

/// A ground on a thread's own pool.
pub(crate) struct Program {
    pool: LocalPool,
    pub(crate) handle: Handle,
}

impl Program {
    pub(crate) fn start(processes: impl IntoIterator<Item = Spawn>) -> anyhow::Result<Self> {
        let ground = processes.into_iter().fold(Ground::new(), Ground::spawn);
        let (pool, handle) = (LocalPool::new(), ground.handle());
        pool.spawner().spawn_local(ground.run().map(|outcome| assert!(outcome.is_ok())))?;
        let mut program = Self { pool, handle };
        program.rest();
        Ok(program)
    }

    /// Lets everything come to rest.
    pub(crate) fn rest(&mut self) {
        self.pool.run_until_stalled();
    }
}

/// A source whose words come from the test, who sees by it whether its stream is there.
pub(crate) struct Words {
    pub(crate) source: EventSource,
    sender: mpsc::UnboundedSender<&'static str>,
}

impl Words {
    pub(crate) fn new() -> Self {
        let (sender, words) = mpsc::unbounded();
        Self { source: EventSource::once("words", words), sender }
    }

    pub(crate) fn say(&self, word: &'static str, program: &mut Program) -> anyhow::Result<()> {
        self.sender.unbounded_send(word)?;
        program.rest();
        Ok(())
    }

    pub(crate) fn is_dropped(&self) -> bool {
        self.sender.is_closed()
    }
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
