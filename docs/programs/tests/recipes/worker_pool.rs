//! A worker pool: jobs go to idle workers, and a worker that crashes loses none.

use std::collections::VecDeque;

use anyhow::ensure;
use marketplace_core::{AskError, Context, Message, Pattern, Question, Reply, Request, Spawn, Value, topic};

/// A job, as clients ask the pool to do it.
#[derive(Clone, Debug, Message)]
struct Job {
    page: u32,
}

impl Question for Job {
    type Answer = String;
}

/// A job, as the pool asks one worker to do it.
#[derive(Debug, Message)]
struct Task {
    worker: Value,
    job: Job,
}

impl Question for Task {
    type Answer = String;
}

/// Does one job at a time.
fn worker() -> Spawn {
    Spawn::new((), |(), cx| {
        let tasks = topic!(Task { worker: Value::unique("worker"), .. });
        cx.on_question(tasks, |(), cx, task, reply| {
            cx.perform(render(task.job.page), |(), _, page| {
                reply.send(page?);
                Ok(())
            });
        });
    })
}

async fn render(page: u32) -> anyhow::Result<String> {
    ensure!(page > 0, "there is no page 0");
    Ok(format!("page {page}"))
}

/// The jobs that wait for a worker, and the workers that wait for a job.
#[derive(Default)]
struct Pool {
    waiting: VecDeque<Waiting>,
    idle: VecDeque<Value>,
}

struct Waiting {
    job: Job,
    reply: Reply<Job>,
    /// The number of workers that have crashed with it.
    crashes: u32,
}

/// At most this many jobs wait. Further jobs are declined.
const MOST_WAITING: usize = 1_000;

/// A job is declined when this many workers have crashed with it.
const MOST_CRASHES: u32 = 3;

/// Sends each job to an idle worker.
fn pool() -> Spawn {
    Spawn::new(Pool::default(), |_, cx| {
        cx.observe_subscribers(Request::topic(topic!(Task { .. })))
            .on_presence(|pool: &mut Pool, cx, peer| {
                pool.idle.extend(peer.conversation.question.worker.value());
                pool.proceed(cx);
            })
            .on_absence(|pool, _, peer, _reason| {
                let gone = peer.conversation.question.worker.value();
                pool.idle.retain(|idle| Some(idle) != gone.as_ref());
            });
        cx.on_question(topic!(Job { .. }), |pool, cx, job, reply| {
            // If the queue is full, the reply is dropped, and so the job is declined.
            if pool.waiting.len() < MOST_WAITING {
                pool.waiting.push_back(Waiting { job: job.clone(), reply, crashes: 0 });
                pool.proceed(cx);
            }
        });
    })
}

impl Pool {
    /// Sends jobs to workers as long as there are both.
    fn proceed(&mut self, cx: &mut Context<'_, Self>) {
        while !self.idle.is_empty()
            && let Some(waiting) = self.waiting.pop_front()
            && let Some(worker) = self.idle.pop_front()
        {
            let task = Task { worker: worker.clone(), job: waiting.job.clone() };
            cx.ask(task).then(|pool: &mut Self, cx, answer| {
                pool.finish(waiting, worker, answer);
                pool.proceed(cx);
            });
        }
    }

    fn finish(&mut self, waiting: Waiting, worker: Value, answer: Result<String, AskError>) {
        match answer {
            Ok(page) => {
                waiting.reply.send(page);
                self.idle.push_back(worker);
            }
            // The worker was gone before the job reached it.
            Err(AskError::NoAnswerer { .. }) => self.waiting.push_front(waiting),
            Err(AskError::Left { .. }) if waiting.crashes + 1 < MOST_CRASHES => {
                self.waiting.push_front(Waiting { crashes: waiting.crashes + 1, ..waiting });
            }
            Err(AskError::Left { .. }) => {}
            // The worker declined the job, and is idle again.
            Err(_) => self.idle.push_back(worker),
        }
    }
}

use marketplace_core::{Child, Strategy, Supervisor};

/// Supervised workers: each is restarted when it has crashed.
fn workers(count: usize) -> Spawn {
    let workers = (0..count).map(|number| Child::new(format!("worker {number}"), worker));
    workers.fold(Supervisor::new(Strategy::OneForOne).named("workers"), Supervisor::child).spawn()
}

use std::time::Duration;

use marketplace_core::Ground;
use marketplace_testing::TestProgram;

/// What a client has received.
#[derive(Debug, Message)]
struct Got(String);

fn client(page: u32) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.ask(Job { page }).then(|(), cx, answer| {
            cx.send(Got(answer.unwrap_or_else(|error| error.to_string())));
        });
    })
}

/// Sent by a worker that has received a task.
#[derive(Debug, Message)]
struct Given {
    worker: &'static str,
    page: u32,
}

/// A worker that never answers.
fn stuck(name: &'static str) -> impl FnOnce(&mut Context<'_, ()>) + Send + 'static {
    move |cx| {
        let mut held = Vec::new();
        let tasks = topic!(Task { worker: name.into(), .. });
        cx.on_question(tasks, move |(), cx, task, reply| {
            held.push(reply);
            cx.send(Given { worker: name, page: task.job.page });
        });
    }
}

#[test]
fn every_client_gets_its_own_answer() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(pool()).spawn(worker()).spawn(worker()));
    let mut got = program.messages(topic!(Got(_)))?;
    (1..6).try_for_each(|page| program.spawn(client(page)))?;
    let mut pages = (1..6).map(|_| Ok(got.message()?.0.clone())).collect::<anyhow::Result<Vec<_>>>()?;
    pages.sort();
    assert_eq!(pages, ["page 1", "page 2", "page 3", "page 4", "page 5"]);
    Ok(())
}

#[test]
fn jobs_wait_for_the_first_worker() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(pool()).spawn(client(1)).spawn(client(2)));
    let mut got = program.messages(topic!(Got(_)))?;
    got.nothing()?;
    program.spawn(worker())?;
    assert_eq!(got.message()?.0, "page 1");
    assert_eq!(got.message()?.0, "page 2");
    Ok(())
}

#[test]
fn a_worker_has_one_job_at_a_time() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(pool()));
    let mut given = program.messages(topic!(Given { .. }))?;
    let _one = program.process(stuck("one"))?;
    let _two = program.process(stuck("two"))?;
    (0..3).try_for_each(|page| program.spawn(client(page)))?;
    let (first, second) = (given.message()?, given.message()?);
    assert_eq!([first.worker, second.worker], ["one", "two"]);
    assert_eq!([first.page, second.page], [0, 1]);
    given.nothing()
}

#[test]
fn a_worker_that_crashes_loses_no_job() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(pool()));
    let mut given = program.messages(topic!(Given { .. }))?;
    let mut got = program.messages(topic!(Got(_)))?;
    let one = program.process(stuck("one"))?;
    program.spawn(client(1))?;
    program.spawn(client(2))?;
    assert_eq!(given.message()?.page, 1);
    one.fail("out of memory")?;
    got.nothing()?;
    program.spawn(worker())?;
    assert_eq!(got.message()?.0, "page 1");
    assert_eq!(got.message()?.0, "page 2");
    Ok(())
}

#[test]
fn an_idle_worker_that_leaves_is_given_nothing() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(pool()));
    let mut got = program.messages(topic!(Got(_)))?;
    program.process(stuck("one"))?.quit()?;
    program.spawn(client(1))?;
    got.nothing()?;
    program.spawn(worker())?;
    assert_eq!(got.message()?.0, "page 1");
    Ok(())
}

#[test]
fn a_job_that_every_worker_crashes_with_is_declined() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(pool()));
    let mut given = program.messages(topic!(Given { .. }))?;
    let mut got = program.messages(topic!(Got(_)))?;
    program.spawn(client(1))?;
    for _ in 0..MOST_CRASHES {
        got.nothing()?;
        let worker = program.process(stuck("one"))?;
        assert_eq!(given.message()?.page, 1);
        worker.fail("out of memory")?;
    }
    assert!(got.message()?.0.contains("declined"), "the client is told");
    program.spawn(worker())?;
    got.nothing()
}

#[test]
fn supervised_workers_come_back_after_a_job_that_crashes_them() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(pool()).spawn(workers(2)));
    let mut got = program.messages(topic!(Got(_)))?;
    program.spawn(client(0))?;
    program.spawn(client(1))?;
    got.nothing()?;
    program.advance(Duration::from_secs(1));
    let answers = [got.message()?.0.clone(), got.message()?.0.clone()];
    assert!(answers[0].contains("declined") && answers[1] == "page 1", "{answers:?}");
    got.nothing()
}

#[test]
fn no_more_jobs_wait_than_there_is_room_for() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(pool()));
    let mut got = program.messages(topic!(Got(_)))?;
    let pages = 1..=u32::try_from(MOST_WAITING)?;
    pages.clone().try_for_each(|page| program.spawn(client(page)))?;
    got.nothing()?;
    program.spawn(client(0))?;
    assert!(got.message()?.0.contains("declined"), "the client is told");
    program.spawn(worker())?;
    pages.into_iter().try_for_each(|page| {
        assert_eq!(got.message()?.0, format!("page {page}"));
        Ok(())
    })
}
