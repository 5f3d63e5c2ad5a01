//! Questions: messages that ask for an answer.

use crate::Message;

/// A message that asks for an answer.
///
/// A process asks by [`Network::ask`](crate::Network::ask), or code outside the ground by
/// [`Handle::ask`](crate::Handle::ask); who answers does so by [`Network::on_question`](crate::Network::on_question).
/// Both sides know nothing of each other but the question's type. An ask always comes to its end: see
/// [`AskError`](crate::AskError).
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
    /// What answers it; it is handed over to the asker, and need not be `Clone`.
    type Answer: Send + 'static;
}
