//! The page Work that blocks: files, computations and databases, beside the ground's thread.

use std::path::PathBuf;
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::{fs, io, thread};

use anyhow::{Context as _, bail};
use async_std::task::spawn_blocking;
use futures::channel::oneshot;
use marketplace_core::{Context, Message, Question, Spawn, topic};

/// How many lines does this file have?
#[derive(Debug, Message)]
struct CountLines {
    path: PathBuf,
}

impl Question for CountLines {
    type Answer = io::Result<usize>;
}

/// Counts lines on the runtime's pool of threads, several files at once.
fn line_counter() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.on_question(topic!(CountLines { .. }), |(), cx, question, reply| {
            let path = question.path.clone();
            let counting = spawn_blocking(move || Ok(fs::read_to_string(path)?.lines().count()));
            cx.perform(counting, |(), _, lines| reply.send(lines));
        });
    })
    .named("line counter")
}

/// What is the value of this key in the database?
#[derive(Debug, Message)]
struct Get {
    key: String,
}

impl Question for Get {
    type Answer = Option<String>;
}

/// A database driver whose calls block.
trait Database {
    fn get(&mut self, key: &str) -> Option<String>;
}

/// A job for the database's thread: the key, and where to send its value.
type Job = (String, oneshot::Sender<Option<String>>);

/// Answers from a database, whose connection is opened and used on a thread of its own.
fn database<D: Database>(open: impl FnOnce() -> anyhow::Result<D> + Send + 'static) -> Spawn {
    Spawn::new((), move |(), cx| {
        let (jobs, waiting) = mpsc::sync_channel::<Job>(100);
        let (opened, is_open) = oneshot::channel();
        thread::Builder::new().name("database".into()).spawn(move || match open() {
            Ok(mut database) => {
                let _process_is_gone = opened.send(Ok(()));
                for (key, sender) in waiting {
                    let _process_is_gone = sender.send(database.get(&key));
                }
            }
            Err(error) => {
                let _process_is_gone = opened.send(Err(error));
            }
        })?;
        cx.perform(is_open, |(), cx, outcome| {
            outcome??;
            answer(cx, jobs);
            anyhow::Ok(())
        });
        anyhow::Ok(())
    })
    .named("database")
}

fn answer(cx: &mut Context<'_, ()>, jobs: SyncSender<Job>) {
    cx.on_question(topic!(Get { .. }), move |(), cx, get, reply| {
        let (sender, value) = oneshot::channel();
        match jobs.try_send((get.key.clone(), sender)) {
            Ok(()) => cx.perform(value, |(), _, value| {
                reply.send(value.context("the database's thread has panicked")?);
                anyhow::Ok(())
            }),
            // A hundred jobs wait already. The client sees that its question is declined.
            Err(TrySendError::Full(_)) => drop(reply),
            Err(TrySendError::Disconnected(_)) => bail!("the database's thread has panicked"),
        }
        Ok(())
    });
}

mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::{Receiver, Sender};

    use anyhow::anyhow;
    use marketplace_core::{AskError, Ground, Request};
    use marketplace_testing::{Reports, TIMEOUT, TestProgram};

    use super::*;

    /// Says when it is called, and blocks in each call until the test lets it go on; panics at one key.
    struct Slow {
        called: Sender<()>,
        go: Receiver<()>,
    }

    impl Database for Slow {
        fn get(&mut self, key: &str) -> Option<String> {
            self.called.send(()).expect("the test listens");
            self.go.recv().expect("the test lets it go on");
            assert_ne!(key, "bad");
            Some(format!("the value of {key}"))
        }
    }

    /// A program with such a database that is open.
    struct Scene {
        program: TestProgram,
        called: Receiver<()>,
        go: Sender<()>,
    }

    impl Scene {
        fn new() -> anyhow::Result<Self> {
            let ((calling, called), (go, may_go)) = (mpsc::channel(), mpsc::channel());
            let program = TestProgram::run(Ground::new())?;
            let mut answerers = program.observe_subscribers(Request::topic(topic!(Get { .. })))?;
            program.spawn(database(move || Ok(Slow { called: calling, go: may_go })))?;
            answerers.presence()?;
            drop(answerers);
            Ok(Self { program, called, go })
        }

        /// Has a process of its own ask for each key, one after the other; what comes of the questions.
        fn ask(
            &self,
            keys: impl IntoIterator<Item = &'static str>,
        ) -> anyhow::Result<Reports<Result<Option<String>, AskError>>> {
            let (reporter, reports) = self.program.reports();
            let keys: Vec<_> = keys.into_iter().collect();
            let reporter = Arc::new(reporter);
            self.program.spawn(Spawn::new((), move |(), cx| {
                for key in keys {
                    let reporter = Arc::clone(&reporter);
                    cx.ask(Get { key: key.into() }).then(move |(), _, answer| reporter.report(answer));
                }
            }))?;
            Ok(reports)
        }
    }

    fn value(key: &str) -> Option<String> {
        Some(format!("the value of {key}"))
    }

    #[test]
    fn the_lines_of_a_file_are_counted_and_an_error_is_an_answer() -> anyhow::Result<()> {
        let program = TestProgram::run(Ground::new().spawn(line_counter()))?;
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recipes/blocking.rs");
        let counting = program.handle().ask(CountLines { path: path.into() });
        assert_eq!(program.wait(counting.into_future())???, include_str!("blocking.rs").lines().count());
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recipes/no such file");
        let counting = program.handle().ask(CountLines { path: path.into() });
        let error = program.wait(counting.into_future())??.expect_err("there is no such file");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        program.stop()
    }

    #[test]
    fn a_panic_on_the_pool_fails_the_process_that_waits_for_it() -> anyhow::Result<()> {
        let waiting = Spawn::new((), |(), cx| {
            cx.perform(spawn_blocking(|| panic!("out of paper")), |(), _, ()| ());
        });
        let program = TestProgram::run(Ground::new())?;
        let mut handle = program.handle();
        let reason = program.wait(async move { handle.spawn(waiting).await?.ended().await })??;
        assert!(reason.to_string().contains("out of paper"), "{reason}");
        program.stop()
    }

    #[test]
    fn the_program_goes_on_while_the_database_blocks() -> anyhow::Result<()> {
        let scene = Scene::new()?;
        let answers = scene.ask(["apple"])?;
        scene.called.recv_timeout(TIMEOUT)?;
        let (reporter, reports) = scene.program.reports();
        scene.program.spawn(Spawn::new((), move |(), _| reporter.report("it goes on")))?;
        assert_eq!(reports.next()?, "it goes on");
        assert!(answers.rest().is_empty());
        scene.go.send(())?;
        assert_eq!(answers.next()??, value("apple"));
        scene.program.stop()
    }

    #[test]
    fn a_stop_waits_for_the_answers_that_are_under_way() -> anyhow::Result<()> {
        let scene = Scene::new()?;
        let answers = scene.ask(["apple", "plum"])?;
        scene.called.recv_timeout(TIMEOUT)?;
        scene.program.ask_to_stop()?;
        (0..2).try_for_each(|_| scene.go.send(()))?;
        assert_eq!((answers.next()??, answers.next()??), (value("apple"), value("plum")));
        scene.program.outcome()
    }

    #[test]
    fn the_hundredth_and_second_question_at_once_is_declined() -> anyhow::Result<()> {
        let scene = Scene::new()?;
        let first = scene.ask(["apple"])?;
        // From here on the thread is at work, and a hundred may wait.
        scene.called.recv_timeout(TIMEOUT)?;
        let waiting = scene.ask(std::iter::repeat_n("plum", 101))?;
        assert!(matches!(waiting.next()?, Err(AskError::Declined { .. })));
        (0..101).try_for_each(|_| scene.go.send(()))?;
        assert_eq!(first.next()??, value("apple"));
        for _ in 0..100 {
            assert_eq!(waiting.next()??, value("plum"));
        }
        scene.program.stop()
    }

    #[test]
    fn a_panic_of_the_database_is_told_to_those_who_wait_for_an_answer() -> anyhow::Result<()> {
        let scene = Scene::new()?;
        let answers = scene.ask(["bad", "plum"])?;
        scene.called.recv_timeout(TIMEOUT)?;
        scene.go.send(())?;
        for _ in 0..2 {
            let error = answers.next()?.expect_err("the thread has panicked");
            assert!(format!("{:#}", anyhow!(error)).contains("the database's thread has panicked"));
        }
        scene.program.stop()
    }

    #[test]
    fn a_database_that_cannot_be_opened_fails_the_process_with_the_reason() -> anyhow::Result<()> {
        let program = TestProgram::run(Ground::new())?;
        let mut handle = program.handle();
        let process = database(|| Err::<Slow, _>(anyhow!("no such database")));
        let reason = program.wait(async move { handle.spawn(process).await?.ended().await })??;
        assert_eq!(reason.to_string(), "no such database");
        program.stop()
    }
}
