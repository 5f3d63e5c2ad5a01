//! The requests that the inspector sends to a program, and the answers.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use marketplace_core::{Counters, GroundEnded, Handle, Pid, ProcessStatus, Reason, Snapshot, TraceGuard};

use crate::buffer::{FullTrace, TraceBuffer};
use crate::frame::Number;

#[derive(Debug)]
pub(crate) enum ProgramRequest {
    Counters,
    /// The status of these processes.
    Processes(Vec<(Number, Vec<Pid>)>),
    /// A snapshot of the whole program.
    Snapshot,
    /// A snapshot, and a trace of everything from that moment on, with this generation.
    Trace(Arc<TraceBuffer>, u64),
    /// The end of the program.
    End,
}

#[derive(Debug)]
pub(crate) enum Answer {
    Counters(Counters),
    Processes(Vec<(Number, Option<ProcessStatus>)>),
    Snapshot(Snapshot),
    Trace(Box<TraceGuard>),
    End(Result<(), Reason>),
    /// No answer, because the program has ended.
    Nothing,
}

impl ProgramRequest {
    /// Sends the request to a program. The future may never complete, if the program does not answer.
    pub(crate) fn send(self, handle: &Handle) -> BoxFuture<'static, Answer> {
        let mut handle = handle.weak();
        let answered = async move {
            let answer = match self {
                Self::Counters => handle.counters().await.map(Answer::Counters),
                Self::Processes(wanted) => processes(&mut handle, wanted).await,
                Self::Snapshot => handle.snapshot().await.map(Answer::Snapshot),
                Self::Trace(buffer, generation) => {
                    let guard = handle.trace(FullTrace::new(&buffer, generation)).await;
                    guard.map(|guard| Answer::Trace(Box::new(guard)))
                }
                Self::End => Ok(Answer::End(handle.closed().await)),
            };
            answer.unwrap_or(Answer::Nothing)
        };
        answered.boxed()
    }
}

async fn processes(handle: &mut Handle, wanted: Vec<(Number, Vec<Pid>)>) -> Result<Answer, GroundEnded> {
    let (numbers, paths): (Vec<_>, Vec<_>) = wanted.into_iter().unzip();
    let statuses = handle.processes(paths).await?;
    Ok(Answer::Processes(numbers.into_iter().zip(statuses).collect()))
}
