//! Timers of the others, with a task for each timer.

use std::time::{Duration, Instant};

use super::{BURST, Subject, delay, figures};
use crate::others::on_tokio;

pub(super) const SUBJECTS: &[Subject] = &[
    Subject::new("tokio, one thread", |size| figures(size, |timers| on_tokio(tokio(timers)))),
    Subject::new("async-io, one thread", |size| figures(size, async_io)),
];

/// A task for each timer.
async fn tokio(timers: u64) -> anyhow::Result<Vec<Duration>> {
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..timers {
        let deadline = Instant::now() + delay(n);
        tasks.spawn(async move {
            tokio::time::sleep_until(deadline.into()).await;
            deadline.elapsed()
        });
        if n % BURST == 0 {
            tokio::task::yield_now().await;
        }
    }
    Ok(tasks.join_all().await)
}

/// A task for each timer.
fn async_io(timers: u64) -> anyhow::Result<Vec<Duration>> {
    let executor = smol::LocalExecutor::new();
    smol::block_on(executor.run(async {
        let mut tasks = Vec::new();
        for n in 0..timers {
            let deadline = Instant::now() + delay(n);
            tasks.push(executor.spawn(async move {
                smol::Timer::at(deadline).await;
                deadline.elapsed()
            }));
            if n % BURST == 0 {
                smol::future::yield_now().await;
            }
        }
        let mut lateness = Vec::new();
        for task in tasks {
            lateness.push(task.await);
        }
        Ok(lateness)
    }))
}
