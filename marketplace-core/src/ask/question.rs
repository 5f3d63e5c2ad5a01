//! Questions: messages that request an answer.

use crate::Message;

/// A message that requests an answer.
///
/// A process asks by [`Network::ask`](crate::Network::ask), and code outside the ground by
/// [`Handle::ask`](crate::Handle::ask). A process answers by [`Network::on_question`](crate::Network::on_question).
/// Each side needs to know the question's type only, not the other side. A question always gets a result: an answer,
/// or an [`AskError`](crate::AskError).
///
/// # Examples
///
/// ```
/// use std::collections::HashMap;
///
/// use marketplace_core::{Ground, Message, Question, Spawn, topic};
///
/// #[derive(Debug, Message)]
/// struct Get {
///     key: &'static str,
/// }
///
/// impl Question for Get {
///     type Answer = Option<u32>;
/// }
///
/// # fn main() -> anyhow::Result<()> {
/// let store = Spawn::new(HashMap::from([("a", 1)]), |_, cx| {
///     cx.on_question(topic!(Get { .. }), |values, _, get, reply| {
///         reply.send(values.get(get.key).copied());
///     });
/// });
/// let client = Spawn::new((), |(), cx| {
///     cx.ask(Get { key: "a" }).then(|(), cx, answer| {
///         assert_eq!(answer?, Some(1));
///         cx.quit();
///         Ok(())
///     });
/// });
/// futures::executor::block_on(Ground::new().spawn(store).main(client).run())
/// # }
/// ```
pub trait Question: Message {
    /// The type of the answer. The answer is moved to the asker, so it need not be `Clone`.
    type Answer: Send + 'static;
}
