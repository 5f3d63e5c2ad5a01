//! Asking from outside the ground: a process at the ground asks on behalf of the code that waits.

use std::fmt;
use std::time::Duration;

use futures::FutureExt;
use futures::channel::oneshot::{self, Canceled};
use futures::future::BoxFuture;

use super::asking::Ask;
use super::error::AskError;
use super::question::Question;
use crate::ground::Waiting;
use crate::{GroundEnded, Handle, ProcessHandle, Reason, Spawn};

/// A question that is asked at the ground when this is awaited; made by [`Handle::ask`].
#[must_use = "the question is asked only when this is awaited"]
pub struct HandleAsk<Q> {
    handle: Handle,
    question: Q,
    within: Option<Duration>,
}

impl Handle {
    /// Asks a question at the ground, and waits for the first answer; see [`Network::ask`](crate::Network::ask).
    ///
    /// It works on any thread and with any runtime. If you drop the future, the question is asked no longer. Until
    /// the future is done, the ground does not end, if this is a strong handle.
    ///
    /// # Errors
    ///
    /// Why there is no answer. [`AskError::GroundEnded`] if the ground has ended. [`AskError::Failed`] if the asking
    /// process failed, for example because the ground has no way to wait.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::{executor::block_on, join};
    /// use marketplace_core::{AskError, Ground, Message, Question, Spawn, topic};
    ///
    /// #[derive(Debug, Message)]
    /// struct Double(u32);
    ///
    /// impl Question for Double {
    ///     type Answer = u32;
    /// }
    ///
    /// # fn main() -> anyhow::Result<()> {
    /// let calculator = Spawn::new((), |(), cx| {
    ///     cx.on_question(topic!(Double(_)), |(), cx, double, reply| {
    ///         reply.send(2 * double.0);
    ///         cx.quit();
    ///     });
    /// });
    /// let program = Ground::new().spawn(calculator);
    /// let handle = program.handle();
    /// let outside = async move {
    ///     let answer = handle.ask(Double(21)).await?;
    ///     assert_eq!(answer, 42);
    ///     let nobody = handle.ask(Double(1)).await;
    ///     assert!(matches!(nobody, Err(AskError::NoAnswerer { .. })));
    ///     anyhow::Ok(())
    /// };
    /// let (ended, answered) = block_on(async { join!(program.run(), outside) });
    /// ended?;
    /// answered
    /// # }
    /// ```
    pub fn ask<Q: Question>(&self, question: Q) -> HandleAsk<Q> {
        HandleAsk { handle: self.clone(), question, within: None }
    }
}

impl<Q: Question> HandleAsk<Q> {
    /// Sets a time-out: answerers that have not answered after `duration` are waited for no longer. The ground needs
    /// a [way to wait](crate::Ground::with_sleep).
    pub fn within(self, duration: Duration) -> Self {
        Self { within: Some(duration), ..self }
    }

    /// Waits for the results from all answerers; see [`Ask::all`].
    ///
    /// # Errors
    ///
    /// [`AskError::GroundEnded`] and [`AskError::Failed`], as for [`Handle::ask`].
    pub async fn all(self) -> Result<Vec<Result<Q::Answer, AskError>>, AskError> {
        self.tell(|ask, told| {
            ask.all(move |(), _, outcomes| drop(told.send(outcomes)));
        })
        .await
    }

    async fn first(self) -> Result<Q::Answer, AskError> {
        self.tell(|ask, told| {
            ask.then(move |(), _, outcome| drop(told.send(outcome)));
        })
        .await?
    }

    /// Spawns a process that asks, and waits for what it sends back.
    async fn tell<T: Send + 'static>(
        self,
        ask: impl FnOnce(Ask<'_, (), Q>, oneshot::Sender<T>) + Send + 'static,
    ) -> Result<T, AskError> {
        let Self { mut handle, question, within } = self;
        let (tell, told) = oneshot::channel();
        let asker = Spawn::new((), move |(), cx| {
            let asking = cx.ask(question);
            ask(
                match within {
                    Some(within) => asking.within(within),
                    None => asking,
                },
                tell,
            );
        });
        let ended = |GroundEnded| AskError::ground_ended::<Q>();
        let (asker, asked) = handle.spawning(asker.named("asker"));
        let asker = Asker(asker);
        asked.await.map_err(ended)?;
        match Waiting::new(told).await {
            Ok(outcome) => Ok(outcome),
            Err(Canceled) => Err(AskError::failed::<Q>(asker.0.ended().await.map_err(ended)?)),
        }
    }
}

impl<Q: Question> IntoFuture for HandleAsk<Q> {
    type Output = Result<Q::Answer, AskError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.first().boxed()
    }
}

impl<Q: fmt::Debug> fmt::Debug for HandleAsk<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { question, within, .. } = self;
        f.debug_struct("HandleAsk")
            .field("question", question)
            .field("within", within)
            .finish_non_exhaustive()
    }
}

/// The process that asks. It ends when the code outside no longer waits for it.
struct Asker(ProcessHandle);

impl Drop for Asker {
    fn drop(&mut self) {
        self.0.kill(Reason::normal());
    }
}
