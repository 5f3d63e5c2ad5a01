//! What the ground offers to the futures that processes perform: a way to wait, and a snapshot of the program.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::{Pid, Snapshot};

/// A way to wait. The core has no clock, so it comes from the runtime.
///
/// [`Ground::with_sleep`](crate::Ground::with_sleep) makes one for you. You need it only to run a VM by hand.
///
/// # Examples
///
/// ```
/// use marketplace_core::Sleep;
///
/// // Or `async_std::task::sleep`; or `tokio::time::sleep`, where tokio polls the ground.
/// let sleep = Sleep::new(futures_timer::Delay::new);
/// ```
#[derive(Clone)]
pub struct Sleep(Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>);

impl Sleep {
    /// Waits by the futures that `sleep` makes. Each of them completes after the given time.
    pub fn new<F>(sleep: impl Fn(Duration) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self(Arc::new(move |duration| sleep(duration).boxed()))
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sleep(..)")
    }
}

impl fmt::Debug for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Look(..)")
    }
}

/// What a future that a process performs can use: see [`Context::perform_with`](crate::Context::perform_with).
///
/// The ground makes it. Code that runs a VM by hand starts from the default, which has no way to wait and no
/// snapshot.
#[derive(Clone, Debug, Default)]
pub struct TaskContext {
    sleep: Option<Sleep>,
    look: Option<Look>,
    path: Vec<Pid>,
}

/// A way to take a snapshot of the program.
#[derive(Clone)]
struct Look(Arc<dyn Fn() -> BoxFuture<'static, anyhow::Result<Snapshot>> + Send + Sync>);

impl TaskContext {
    /// The same with a way to wait.
    #[must_use]
    pub fn with_sleep(self, sleep: Sleep) -> Self {
        Self { sleep: Some(sleep), ..self }
    }

    /// Waits for `duration`.
    ///
    /// # Errors
    ///
    /// An error at once, if there is no way to wait: see [`Ground::with_sleep`](crate::Ground::with_sleep).
    pub fn sleep(&self, duration: Duration) -> impl Future<Output = anyhow::Result<()>> + Send + use<> {
        let sleep = self.sleep.clone();
        async move {
            let Some(Sleep(sleep)) = sleep else {
                return Err(anyhow!(
                    "there is no way to wait for {duration:?}: give the ground one by `Ground::with_sleep`"
                ));
            };
            sleep(duration).await;
            Ok(())
        }
    }

    /// Takes a snapshot of the whole program, between two turns.
    ///
    /// # Errors
    ///
    /// An error if the ground ends meanwhile. An error at once if there is no ground, because the VM is run by hand.
    pub fn snapshot(&self) -> impl Future<Output = anyhow::Result<Snapshot>> + Send + use<> {
        let look = self.look.clone();
        async move {
            let Look(look) = look.ok_or_else(|| {
                anyhow!("no ground runs this process, so there is no snapshot of the program")
            })?;
            look().await
        }
    }

    /// The same with a way to take a snapshot.
    pub(crate) fn with_look(
        self,
        look: impl Fn() -> BoxFuture<'static, anyhow::Result<Snapshot>> + Send + Sync + 'static,
    ) -> Self {
        Self { look: Some(Look(Arc::new(look))), ..self }
    }

    /// The nested VMs that contain the process, the outermost first. The ground is not one of them.
    #[must_use]
    pub fn path(&self) -> &[Pid] {
        &self.path
    }

    /// The same for a process inside `vm`.
    pub(crate) fn inside(&self, vm: &Pid) -> Self {
        let mut inside = self.clone();
        inside.path.push(vm.clone());
        inside
    }
}
