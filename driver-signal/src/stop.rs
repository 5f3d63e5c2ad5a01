//! A process that everybody needs: Ctrl-C and SIGTERM ask the program to stop.

use std::future::ready;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use futures::FutureExt;
use futures::future::BoxFuture;
use marketplace_core::{Context, Handle, Spawn};
use tracing::info;

use crate::io::{Caught, Told};
use crate::message::SignalKind;

/// The process that asks a ground to stop (rule S18) on [`SignalKind::Interrupt`] and [`SignalKind::Terminate`]; on a
/// second one at once.
///
/// The signals are caught from now on, so that there is no moment at which they end the program by themselves, and until
/// the process is gone. It needs no [`signal_driver`](crate::signal_driver), of which `Signal`s may be heard all the
/// same, and it keeps no program: one that has come to the end of its work ends.
///
/// `handle` may be strong or weak. `grace` is how long the program has to finish. To wait is a matter of the runtime, so
/// the ground needs a way to: see [`Ground::with_sleep`](marketplace_core::Ground::with_sleep). Without, the process
/// fails at once, and the signals do what they would without it.
///
/// # Errors
///
/// If the signals cannot be caught.
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
    /// How long the program is to have; nothing, once a stop has been asked for.
    grace: Option<Duration>,
    caught: [Caught; 2],
}

impl Stopper {
    fn begin(&mut self, cx: &mut Context<'_, Self>) {
        // Now, and not when it is too late to say that it is missing.
        cx.perform_with(|outside| outside.sleep(Duration::ZERO), |_, _, waited| waited);
        for caught in &self.caught {
            // A clock: also in a program that is behind with its work.
            cx.on_event(&caught.source().as_clock(), |stopper: &mut Self, cx, told: &Told| match told {
                Ok(()) => {
                    stopper.stop(cx);
                    Ok(())
                }
                Err(error) => Err(anyhow!("cannot hear of signals: {error}")),
            })
            .on_absence(|_, _, _, reason| reason.clone().into_result());
        }
    }

    fn stop(&mut self, cx: &mut Context<'_, Self>) {
        let grace = self.grace.take();
        info!(?grace, "asked to stop by a signal");
        let mut handle = self.handle.clone();
        cx.perform_with(
            move |outside| {
                let expired: BoxFuture<'static, ()> = match grace {
                    Some(grace) => outside.sleep(grace).map(|_| ()).boxed(),
                    None => ready(()).boxed(),
                };
                let deadline = Instant::now() + grace.unwrap_or_default();
                async move { handle.stop(deadline, expired).await }
            },
            // It is what asks the ground, so the ground is there.
            |_, _, asked| Ok(asked?),
        );
    }
}
