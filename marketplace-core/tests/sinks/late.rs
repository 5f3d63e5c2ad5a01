//! A trace that begins while the program runs.

use anyhow::Context as _;
use futures::FutureExt;
use marketplace_core::{Trace, TraceGuard};

use crate::support::Stage;

/// Begins a trace of a program that is idle.
pub(crate) fn trace(stage: &mut Stage, trace: impl Trace) -> anyhow::Result<TraceGuard> {
    let mut handle = stage.handle.clone();
    let mut guard = async move { handle.trace(trace).await }.boxed();
    assert!((&mut guard).now_or_never().is_none(), "the ground has not been asked yet");
    stage.rest()?;
    Ok(guard.now_or_never().context("the ground does not answer")??)
}
