//! A process that requests a stop of the program on Ctrl-C and SIGTERM.

use std::future::ready;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use futures::FutureExt;
use futures::future::BoxFuture;
use marketplace_core::{Context, Handle, Spawn};
use tracing::info;

use crate::io::{Caught, Received};
use crate::message::SignalKind;

/// The process that stops a ground (rule S18) on Ctrl-C ([`SignalKind::Interrupt`]) and `SIGTERM`
/// ([`SignalKind::Terminate`]).
///
/// The first signal requests a stop with the deadline after `grace`, which is the time that the program has to
/// finish. A second signal requests a stop without any time.
///
/// The signals are caught from the call of this function until the process ends, so there is no moment at which they
/// would end the program without a stop. This process does not need the [`signal_driver`](crate::signal_driver). If the
/// program uses both, both receive the signals. This process does not keep the program running: a program whose work is
/// done ends.
///
/// `handle` may be strong or weak. The process needs a way to wait, which depends on the runtime, so the ground must
/// have [`Ground::with_sleep`](marketplace_core::Ground::with_sleep). Without it, the process fails at once, and the
/// signals have their usual effect.
///
/// # Errors
///
/// Fails if the signals cannot be caught, for example because no file descriptors are left.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use driver_signal::stop_on_signals;
/// use marketplace_core::{Ground, Spawn};
///
/// fn main() -> anyhow::Result<()> {
///     let ground = Ground::new().with_sleep(futures_timer::Delay::new).spawn(work());
///     let stopper = stop_on_signals(&ground.handle(), Duration::from_secs(10))?;
///     futures::executor::block_on(ground.spawn(stopper).run())
/// }
///
/// fn work() -> Spawn {
///     Spawn::new((), |(), cx| {
///         cx.perform(async { "done" }, |(), _, done| println!("{done}"));
///     })
/// }
/// ```
pub fn stop_on_signals(handle: &Handle, grace: Duration) -> anyhow::Result<Spawn> {
    let kinds = [SignalKind::Interrupt, SignalKind::Terminate];
    let caught = kinds.map(|kind| Caught::new(kind).with_context(|| format!("cannot catch {kind}")));
    let [interrupt, terminate] = caught;
    let stopper = Stopper { handle: handle.weak(), grace: Some(grace), caught: [interrupt?, terminate?] };
    Ok(Spawn::new(stopper, |stopper, cx| stopper.begin(cx)).named("stop on signals"))
}

struct Stopper {
    handle: Handle,
    /// The time that the program has to finish, or `None` after a stop has been requested.
    grace: Option<Duration>,
    caught: [Caught; 2],
}

impl Stopper {
    fn begin(&mut self, cx: &mut Context<'_, Self>) {
        // Checked at the start, so that a missing `with_sleep` is an error now and not at the first signal.
        cx.perform_with(|context| context.sleep(Duration::ZERO), |_, _, waited| waited);
        for caught in &self.caught {
            // As a clock, so that the signal is handled even if the program is overloaded with data events.
            cx.on_event(&caught.source().as_clock(), |stopper: &mut Self, cx, received: &Received| {
                match received {
                    Ok(()) => {
                        stopper.stop(cx);
                        Ok(())
                    }
                    Err(error) => Err(anyhow!("cannot receive SIGINT or SIGTERM: {error}")),
                }
            })
            .on_absence(|_, _, _, reason| reason.clone().into_result());
        }
    }

    fn stop(&mut self, cx: &mut Context<'_, Self>) {
        let grace = self.grace.take();
        info!(?grace, "a signal requests a stop of the program");
        let mut handle = self.handle.clone();
        cx.perform_with(
            move |context| {
                let expired: BoxFuture<'static, ()> = match grace {
                    Some(grace) => context.sleep(grace).map(|_| ()).boxed(),
                    None => ready(()).boxed(),
                };
                let deadline = Instant::now() + grace.unwrap_or_default();
                async move { handle.stop(deadline, expired).await }
            },
            // The ground runs this future, so it still exists.
            |_, _, requested| Ok(requested?),
        );
    }
}
